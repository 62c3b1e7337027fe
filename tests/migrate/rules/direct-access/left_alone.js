const { ParseServer } = require('parse-server');
new ParseServer({ appId: process.env.APP_ID, directAccess: true });
const options = { directAccess: undefined };
