Parse.Cloud.define('f', function (req, res) {
  res.error(new Parse.Error(900, 'full'));
});
