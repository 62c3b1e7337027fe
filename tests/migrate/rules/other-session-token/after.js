Parse.Cloud.define('token', async function (request) {
  const user = await Parse.User.loginAs(request.params.id, { useMasterKey: true });
  return user.getSessionToken();
});
