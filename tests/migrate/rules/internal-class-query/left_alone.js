new Parse.Query('Note').count();
var push = { where: new Parse.Query(Parse.Installation).equalTo('a', 1) };
