new Parse.Query(Parse.Installation).count();
