Parse.Cloud.define('notes', function (request) {
  var me = request.user || Parse.User.createWithoutData(request.params.userId);
  return new Parse.Query('Note').equalTo('owner', me).find({ useMasterKey: true });
});
