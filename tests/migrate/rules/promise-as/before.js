var p = Parse.Promise.as(list);
