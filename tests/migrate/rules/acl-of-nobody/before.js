Parse.Cloud.beforeSave('Note', function (request) {
  request.object.setACL(new Parse.ACL(Parse.User.current()));
});
