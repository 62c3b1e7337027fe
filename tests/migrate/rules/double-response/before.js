Parse.Cloud.define('f', function (req, res) {
  if (req.params.bad) res.error('bad');
  res.success(1);
});
