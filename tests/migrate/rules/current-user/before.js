Parse.Cloud.define('me', function (request) {
  var me = Parse.User.current();
  return me.id;
});
