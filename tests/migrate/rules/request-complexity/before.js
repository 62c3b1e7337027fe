const { ParseServer } = require('parse-server');
const server = new ParseServer({ appId: process.env.APP_ID });
