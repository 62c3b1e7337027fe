new Parse.Query(Parse.Role).first({ useMasterKey: true });
new Parse.Query('Role').first();
var part = new Part('hero');
part.getUsers().add(user);
part.save();
Parse.Cloud.define('grant', function (request) {
  Parse.Cloud.useMasterKey();
  return new Parse.Query(Parse.Role).first().then(function (role) { return role.save(); });
});
