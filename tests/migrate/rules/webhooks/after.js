const { ParseServer } = require('parse-server');
new ParseServer({ appId: process.env.APP_ID, webhookKey: process.env.HOOK_KEY });
