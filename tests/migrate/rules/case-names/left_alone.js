Parse.Cloud.define('join', function (request) {
  var user = new Parse.User();
  var mail = request.params.mail.toLowerCase();
  user.set('username', mail);
  user.set('nick', request.params.nick);
  user.set('email', clean(request.params.mail));
  var note = new Parse.Object('Note');
  note.set('username', request.params.mail);
  return user.signUp();
});
