Parse.Cloud.define('f', function (req, res) {
  a().then(b, function (e) { res.error(e); }).then(function () { res.success(); });
});
