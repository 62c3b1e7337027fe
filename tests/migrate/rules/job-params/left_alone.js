Parse.Cloud.job('tidy', function (request) {
  Parse.Cloud.useMasterKey();
  return new Parse.Query('Note').each(function (note) { return note.save({ tidy: true }); });
});
Parse.Cloud.job('count', function (request) {
  return new Parse.Query('Note').count({ useMasterKey: true });
});
Parse.Cloud.define('me', function (request) { return [request.user, new Parse.Query('Note').find()]; });
