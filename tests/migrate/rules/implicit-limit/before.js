var q = new Parse.Query('Note');
q.find({ useMasterKey: true }).then(show, complain);
