Parse.Cloud.define('seen', function (req) {
  req.user.set('seen', 1);
  return req.user.save(null, { sessionToken: req.user.getSessionToken() });
});
