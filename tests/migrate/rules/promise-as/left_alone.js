var p = Promise.resolve(list);
var q = other.Promise.as(list);
