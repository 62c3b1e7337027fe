var p = Parse.Promise.as(list);
function none() { return new Parse.Promise.as(); }
