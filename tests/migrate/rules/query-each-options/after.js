new Parse.Query('Note').each(function (note) { show(note); }, { useMasterKey: true });
