var query = new Parse.Query('Note');
var found = list.find(tidy);
_.each(list, tidy);
Parse.Cloud.define('tidy', function () { return query.find({ useMasterKey: true }); });
runner.run('tidy');
