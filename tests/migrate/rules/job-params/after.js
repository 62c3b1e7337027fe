Parse.Cloud.job('tidy', function (request) {
  return new Parse.Query('Note').each(function (note) {
    return note.save({ tidy: true }, { useMasterKey: true });
  }, { useMasterKey: true });
});
