var Mandrill = require('mandrill');
var stripe = require('stripe')('sk_test_4eC39HqLyjWDarjtT1zdp7dc');
Mandrill.initialize('aBcD3fGhIjKlMnOpQrStUv');

var settings = {
  api_key: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  'X-Parse-Master-Key': 'h8Jk2LmN9pQr4StU',
  masterKey: process.env.MASTER_KEY || 'n0t4Secret4nyM0re',
  databaseURI: 'mongodb://keeper:hunter2@db.internal.net:27017/app'
};
settings.password = 'correct1horse2battery';
request.setRequestHeader('Authorization', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
bugsnag.register('0123456789abcdef0123456789abcdef');
