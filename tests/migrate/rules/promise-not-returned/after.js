Parse.Cloud.define('n', function () {
  var q = new Parse.Query('N');
  return q.count().then(function (n) { return n; });
});
