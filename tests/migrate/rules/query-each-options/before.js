new Parse.Query('Note').each({ useMasterKey: true }, function (note) { show(note); });
