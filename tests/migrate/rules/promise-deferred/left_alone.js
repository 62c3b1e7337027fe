var p = new Promise(function (resolve) { resolve(1); });
var q = new Parse.Query('A');
