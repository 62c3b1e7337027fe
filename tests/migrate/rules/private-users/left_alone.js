Parse.Cloud.define('me', function (request) {
  return new Parse.Query(Parse.User).get(request.user.id, { sessionToken: request.user.getSessionToken() });
});
Parse.Cloud.define('old', function (request) {
  Parse.Cloud.useMasterKey();
  return new Parse.Query(Parse.User).find();
});
Parse.Cloud.define('own', function (request) { return new Parse.Query('User').find(); });
Parse.Cloud.define('notes', function (request) {
  var query = new Parse.Query('Note').matchesQuery('owner', new Parse.Query(Parse.User).equalTo('vip', true));
  return query.find({ useMasterKey: true });
});
