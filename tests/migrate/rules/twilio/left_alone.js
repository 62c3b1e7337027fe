var gateway = require('nexmo')(process.env.KEY);
gateway.sendSms({ to: '+1' });
require('./twilio').sendSMS('+1');
