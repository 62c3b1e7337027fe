var Mandrill = require('mandrill');
var stripe = require('stripe')(process.env.STRIPE_KEY);
Mandrill.initialize(process.env.MANDRILL_KEY);

var settings = {
  api_key: process.env.API_KEY,
  'X-Parse-Master-Key': process.env.MASTER_KEY,
  masterKey: process.env.MASTER_KEY,
  databaseURI: process.env.DATABASE_URI
};
settings.password = process.env.PASSWORD;
request.setRequestHeader('Authorization', 'Basic ' + process.env.BASIC);
bugsnag.register(process.env.BUGSNAG_KEY);
