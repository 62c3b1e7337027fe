Parse.Cloud.define('both', function (request, response) {
  if (!request.user) {
    response.error('who are you?');
    return;
  }
  new Parse.Query('Note').find().then(function (notes) {
    if (notes.length) {
      response.success(notes[0]);
    } else {
      response.error('no notes');
    }
  }, response.error);
});
Parse.Cloud.define('chained', function (request, response) {
  first().then(function (found) {
    if (!found) return second();
    return third().then(function (more) { if (more) log(more); });
  }).then(function () { response.success(); }, function (error) { response.error(error); });
});
Parse.Cloud.define('returned', function (request, response) {
  return new Parse.Query('Note').find().then(function (notes) { response.success(notes); });
});
Parse.Cloud.define('helper', function (request, response) {
  function finish(notes) { if (notes) response.success(notes); }
  new Parse.Query('Note').find().then(finish, response.error);
});
Parse.Cloud.define('admin', function (request, response) {
  if (!checkAdmin(request, response)) return;
  response.success();
});
Parse.Cloud.define('after', function (request, response) {
  first().then(function () { response.success(); return second(); }).then(function () { log('done'); }, response.error);
});
Parse.Cloud.define('express', function (request, unused) { return 1; });
Parse.Cloud.afterSave('Note', function (request, response) { if (request.user) response.success(); });
Parse.Cloud.define('counted', function (request, response) {
  var done = 0;
  for (var i = 0; i < 3; i++) {
    ask(i, { success: function () { if (++done == 3) response.success(); }, error: response.error });
  }
});
Parse.Cloud.define('sent', function (request, response) {
  sender.send(request.params.text, function (err, sent) {
    if (err) return response.error(err);
    response.success(sent);
  });
});
