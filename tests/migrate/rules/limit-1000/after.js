new Parse.Query('Note').findAll({ useMasterKey: true }).then(show);
var q = new Parse.Query('Note');
q.findAll().then(show);
