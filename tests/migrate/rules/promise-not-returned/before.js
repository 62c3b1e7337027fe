Parse.Cloud.define('n', function () {
  var q = new Parse.Query('N');
  q.count().then(function (n) { return n; });
});
Parse.Cloud.beforeSave('N', function (request) {
  if (request.object.get('known')) {
    new Parse.Query('N').first().then(function (n) { if (n) throw 'known'; });
  }
});
