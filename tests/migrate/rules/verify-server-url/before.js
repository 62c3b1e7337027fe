const ParseServer = require('parse-server').ParseServer;
ParseServer.verifyServerUrl(function (reachable) { console.log(reachable); });
