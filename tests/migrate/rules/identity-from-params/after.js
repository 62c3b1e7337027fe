Parse.Cloud.define('notes', function (request) {
  return new Parse.Query('Note').equalTo('owner', request.user).find({ sessionToken: request.user.getSessionToken() });
});
