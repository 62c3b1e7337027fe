Parse.initialize('nT3xK9pQ2vB7mL5wZ8cD1fG4', 'hJ6kR0sY3uE5iO7aP9qW2xV4');
var config = {
  masterKey: process.env.MASTER_KEY || 'myMasterKey',
  apiKey: '<your key of 32 letters>',
  token: 'XXXXXXXXXXXXXXXX',
  password: 'changeme1',
  passwordRule: 'at least 8 letters and 1 digit',
  appId: 'a1b2c3d4e5f6a7b8c9d0',
  databaseURI: 'mongodb://localhost:27017/dev',
  resetPassword: 'Please enter 2 letters'
};
query.equalTo('sessionToken', request.params.token);
user.set('password', request.params.password);
object.set('publicKeyOfDevice', 'a1b2c3d4e5f6a7b8c9d0');
if (config.token === 'abcdef123456abcdef') console.log('token');
Analytics.initialize('app1.example.com');
hooks.register('afterSavingTheFirst10Notes');
new Parse.Query('Note2');
