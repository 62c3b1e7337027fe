Parse.Cloud.define('notes', function (req) {
  return new Parse.Query('Note').find();
});

Parse.Cloud.define('direct', function (req, res) {
  res.success(1);
});
