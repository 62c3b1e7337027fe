new Parse.Query('Note').exists('objectId').count({ useMasterKey: true });
