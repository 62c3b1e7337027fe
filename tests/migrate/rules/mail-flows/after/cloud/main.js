Parse.Cloud.define('forgot', function (request) {
  return Parse.User.requestPasswordReset(request.params.email);
});
