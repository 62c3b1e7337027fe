var value;
Parse.Promise.as(1).then(function (found) { value = found; });
use(value);
