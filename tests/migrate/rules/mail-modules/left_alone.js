var mail = require('@sendgrid/mail');
var sendgrid = require('sendgrid')(process.env.USER, process.env.KEY);
var Mandrill = require('mandrill-api/mandrill').Mandrill;
mail.sendEmail({});
Parse.Cloud.sendEmail({ to: 'a@b.c' });
require('./mandrill').sendEmail({});
