Parse.Cloud.define('find', function (request) {
  return new Parse.Query(Parse.User).equalTo('username', request.params.name).first();
});
Parse.Cloud.define('count', function (request) {
  var query = new Parse.Query('_User');
  return query.count();
});
