new Parse.Query(Parse.Installation).count({ useMasterKey: true });
