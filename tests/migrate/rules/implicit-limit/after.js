var q = new Parse.Query('Note');
q.findAll({ useMasterKey: true }).then(show, complain);
Parse.Cloud.define('all', function (request, response) {
  var query = new Parse.Query('Note');
  query.limit(1000).find({ useMasterKey: true }).then(response.success, response.error);
});
