var q = new Parse.Query('Note');
q.findAll({ useMasterKey: true }).then(show, complain);
