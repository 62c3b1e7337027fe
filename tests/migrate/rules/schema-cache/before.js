const { ParseServer } = require('parse-server');
const server = new ParseServer({
  appId: process.env.APP_ID,
  enableSingleSchemaCache: true,
  schemaCacheTTL: 5000,
  cloud: './cloud/main.js'
});
