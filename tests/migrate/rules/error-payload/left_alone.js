Parse.Cloud.define('f', function (req, res) {
  new Parse.Query('A').get('x').then(function () { res.success(); }, function (error) { res.error(error); });
});

Parse.Cloud.define('g', function (req, res) {
  res.error('full');
});
