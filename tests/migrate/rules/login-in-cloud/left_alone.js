Parse.Cloud.define('join', function (req) {
  return club.signUp(req.user);
});
