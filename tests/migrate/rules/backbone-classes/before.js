var List = Parse.Collection.extend({});
var c = new Parse.Query('A').collection();
