Parse.Cloud.define('join', function (request) {
  var user = new Parse.User();
  user.set('username', request.params.mail);
  user.setEmail(request.params.mail);
  return user.signUp();
});
function fromBody(req) {
  var user = new Parse.User();
  user.set('email', req.param('email'));
}
