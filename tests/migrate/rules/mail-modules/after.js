Parse.Cloud.define('mail', function () {
  return Parse.Cloud.sendEmail({ to: 'a@b.c', from: 'd@e.f', subject: 'Hi', text: 'there' });
});
