Parse.Cloud.define('find', function (request) {
  var query = new Parse.Query(Parse.User).equalTo('username', request.params.name).select('nick');
  return query.first({ useMasterKey: true });
});
Parse.Cloud.define('count', function (request) {
  var query = new Parse.Query('_User');
  return query.count({ useMasterKey: true });
});
