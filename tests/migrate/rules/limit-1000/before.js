new Parse.Query('Note').limit(1000).find({ useMasterKey: true }).then(show);
var q = new Parse.Query('Note');
q.limit(1000);
q.find().then(show);
