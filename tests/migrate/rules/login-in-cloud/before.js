Parse.Cloud.define('join', function (req) {
  var user = new Parse.User();
  return user.signUp();
});
