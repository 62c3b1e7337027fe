const ParseServer = require('parse-server').ParseServer;
ParseServer.verifyServerUrl().then(function (reachable) { console.log(reachable); });
