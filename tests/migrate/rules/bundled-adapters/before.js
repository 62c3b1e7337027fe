const { ParseServer, S3Adapter } = require('parse-server');
const files = new (require('parse-server').GCSAdapter)();
const server = new ParseServer({
  appId: process.env.APP_ID,
  filesAdapter: 'parse-server/lib/Adapters/Files/S3Adapter',
  emailAdapter: { module: 'parse-server-simple-mailgun-adapter', options: {} }
});
