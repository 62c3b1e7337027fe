var c = Promise.all([a, b]).then(function ([x, y]) { return x + y; });
var list = [];
var d = Promise.all(list).then(function () { return 1; });
