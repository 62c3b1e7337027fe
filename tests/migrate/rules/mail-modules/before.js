var Mailgun = require('mailgun');
Mailgun.initialize(process.env.DOMAIN, process.env.KEY);
Parse.Cloud.define('mail', function (request, response) {
  Mailgun.sendEmail({ to: 'a@b.c', from: 'd@e.f', subject: 'Hi', text: 'there' }, {
    success: function () { response.success(); },
    error: function () { response.error(); }
  });
});
