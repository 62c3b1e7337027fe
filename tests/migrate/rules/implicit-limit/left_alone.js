var q = new Parse.Query('Note');
q.equalTo('a', 1).limit(10);
q.find({ useMasterKey: true }).then(show, complain);
list.find(f);
