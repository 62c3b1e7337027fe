Parse.Cloud.define('f', function (req, res) {
  res.success(1);
  console.log('answered');
});
