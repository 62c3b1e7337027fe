var client = require('twilio')(process.env.SID, process.env.TOKEN);
Parse.Cloud.define('text', function (request) {
  return client.messages.create({ to: request.params.to, from: '+1', body: 'hi' });
});
