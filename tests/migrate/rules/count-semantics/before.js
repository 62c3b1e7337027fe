new Parse.Query('Note').count({ useMasterKey: true });
