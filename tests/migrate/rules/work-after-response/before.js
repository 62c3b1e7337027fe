Parse.Cloud.define('f', function (req, res) {
  var log = new Parse.Object('Log');
  res.success(1);
  log.save();
});
