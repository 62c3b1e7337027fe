const { ParseServer } = require('parse-server');
const server = new ParseServer({ appId: process.env.APP_ID, databaseOptions: { schemaCacheTtl: 5000 } });
const cache = { schemaCacheTTL: 5000, enableSingleSchemaCache: true };
