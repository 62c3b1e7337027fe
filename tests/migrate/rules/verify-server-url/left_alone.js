const ParseServer = require('parse-server').ParseServer;
ParseServer.verifyServerUrl().then(console.log);
checks.verifyServerUrl(console.log);
