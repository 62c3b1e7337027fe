Parse.Cloud.define('join', function (request) {
  var user = new Parse.User();
  user.set('username', request.params.mail.toLowerCase());
  user.setEmail(request.params.mail.toLowerCase());
  return user.signUp();
});
