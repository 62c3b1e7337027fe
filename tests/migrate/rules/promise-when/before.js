var c = Parse.Promise.when(a, b).then(function (x, y) { return x + y; });
var list = [];
var d = Parse.Promise.when(list).then(function () { return 1; });
