const { ParseServer } = require('parse-server');
const server = new ParseServer({ appId: process.env.APP_ID, masterKeyIps: ['10.0.0.1'], rateLimit: [] });
Parse.Cloud.define('where', function (request) { return request.ip; });
