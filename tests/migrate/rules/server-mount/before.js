var ParseServer = require('parse-server').ParseServer;
var app = require('express')();
var api = new ParseServer({ appId: process.env.APP_ID, masterKey: process.env.MASTER_KEY });
app.use('/parse', api);
var server = require('http').createServer(app);
ParseServer.createLiveQueryServer(server);
