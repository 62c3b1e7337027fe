new Parse.Query('Note').count();
new Parse.Query('Note').equalTo('a', 1).count({ useMasterKey: true });
var query = new Parse.Query('Note');
query.greaterThan('size', 3);
query.count({ useMasterKey: true });
list.count({ useMasterKey: true });
