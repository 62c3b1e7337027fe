Parse.Cloud.define('seen', function (req) {
  return req.user.save(null, { useMasterKey: true }).then(function () { return note.save(); });
});
