var client = require('twilio')(process.env.SID, process.env.TOKEN);
Parse.Cloud.define('text', function (request, response) {
  client.sendSms({ to: request.params.to, from: '+1', body: 'hi' }, function (error) { response.success(); });
  client.sms.messages.create({ to: request.params.to, from: '+1', body: 'hi' });
});
