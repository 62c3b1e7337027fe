var q = new Parse.Query('Note');
q.find({ useMasterKey: true }).then(show, complain);
Parse.Cloud.define('all', function (request, response) {
  var query = new Parse.Query('Note');
  query.find({ useMasterKey: true }).then(response.success, response.error);
});
Parse.Cloud.define('ten', function (request, response) {
  var query = new Parse.Query('Note');
  query.limit(10);
  query.find({ useMasterKey: true }).then(response.success, response.error);
});
Parse.Cloud.define('undeclared', function (request, response) {
  asked = new Parse.Query('Note');
  asked.find({ useMasterKey: true }).then(response.success, response.error);
});
