const { ParseServer } = require('parse-server');
const ParseDashboard = require('parse-dashboard');
const app = require('express')();
const server = new ParseServer({ appId: process.env.APP_ID });
const dashboard = new ParseDashboard({ apps: [] });
app.use('/dashboard', dashboard);
server.start().then(function () {
  app.use('/parse', server.app);
  ParseServer.createLiveQueryServer(app);
});
