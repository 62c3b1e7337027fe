Parse.Cloud.define('token', function (request) {
  var query = new Parse.Query(Parse.User);
  return query.get(request.params.id, { useMasterKey: true }).then(function (user) {
    return user.getSessionToken();
  });
});
Parse.Cloud.define('tokens', async function (request) {
  const users = await new Parse.Query(Parse.User).find({ useMasterKey: true });
  return users.map(user => user.get('sessionToken'));
});
