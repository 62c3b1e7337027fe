Parse.Cloud.define('f', function (req, res) {
  res.error({ code: 900, message: 'full' });
});
