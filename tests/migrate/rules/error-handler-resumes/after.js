Parse.Cloud.define('f', function (req, res) {
  a().then(b).then(function () { res.success(); }, function (e) { res.error(e); });
});
