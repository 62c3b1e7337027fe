Parse.Cloud.define('me', function (request) {
  var me = request.user;
  return me.id;
});
