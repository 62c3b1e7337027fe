Parse.Cloud.define('f', function (req, res) {
  a().then(b, function (e) { return retry(e); }).then(function () { res.success(); });
});
