var p = new Parse.Promise();
get(function (v) { p.resolve(v); });
