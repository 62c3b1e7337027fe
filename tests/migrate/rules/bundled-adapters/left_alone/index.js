const { ParseServer, FileSystemAdapter } = require('parse-server');
const { S3Adapter } = require('./adapters');
const server = new ParseServer({
  appId: process.env.APP_ID,
  filesAdapter: new own.S3Adapter(),
  emailAdapter: { module: 'parse-server-simple-mailgun-adapter', options: {} }
});
