var role = new Parse.Role('editors', acl);
role.getUsers().add(user);
role.save();
new Parse.Query(Parse.Role).equalTo('name', 'editors').first().then(function (found) {
  return found.getUsers().query().find();
});
