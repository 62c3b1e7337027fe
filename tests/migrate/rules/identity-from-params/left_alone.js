Parse.Cloud.define('notes', function (request) {
  var size = request.params.size || 10;
  return new Parse.Query('Note').limit(size).find({ sessionToken: request.user.getSessionToken() });
});
