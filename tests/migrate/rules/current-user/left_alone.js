Parse.Cloud.define('me', function (request) {
  return request.user.id + app.User.current();
});
