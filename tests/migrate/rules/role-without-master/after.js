var role = new Parse.Role('editors', acl);
role.getUsers().add(user);
role.save(null, { useMasterKey: true });
new Parse.Query(Parse.Role).equalTo('name', 'editors').first({ useMasterKey: true }).then(function (found) {
  return found.getUsers().query().find({ useMasterKey: true });
});
