Parse.Cloud.define('branch', function (request, response) {
  new Parse.Query('Note').find().then(function (notes) {
    if (notes.length) response.success(notes[0]);
  }, function (error) {
    response.error(error);
  });
});
Parse.Cloud.define('early', function (request, response) {
  if (!request.user) return;
  response.success('hello');
});
Parse.Cloud.define('failure', function (request, response) {
  new Parse.Query('Note').find({
    success: function (notes) { response.success(notes); },
    error: function (error) { console.log(error); }
  });
});
Parse.Cloud.define('alone', function (request, response) {
  new Parse.Query('Note').find().then(function (notes) { response.success(notes); });
});
Parse.Cloud.define('never', function (request, response) { console.log('called'); });
Parse.Cloud.define('assigned', function (request, response) {
  new Parse.Query('Note').find({
    success: function (notes) { response.success(notes); },
    error: function (error) { response.error = error; }
  });
});
Parse.Cloud.define('tidied', function (request, response) {
  ask(function (found) { return found.tidy(); });
});
Parse.Cloud.define('sent', function (request, response) {
  sender.send(request.params.text, function (err, sent) {
    if (err) console.log(err);
    else response.success(sent);
  });
});
