var httpRequest = require('./http').httpRequest;
Parse.Cloud.define('weather', function (request) {
  // not Parse.Cloud.httpRequest
  return httpRequest({ url: request.params.url });
});
client.httpRequest({ url: 'Parse.Cloud.httpRequest' });
