var value;
Parse.Promise.as(1).then(function (found) { value = found; use(value); });
use(other);
var late;
new Parse.Query('Note').find().then(function (found) { late = found; });
setTimeout(function () { use(value); }, 10);
