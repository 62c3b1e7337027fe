Parse.Cloud.define('f', function (req, res) {
  var log = new Parse.Object('Log');
  log.save();
  res.success(1);
});
