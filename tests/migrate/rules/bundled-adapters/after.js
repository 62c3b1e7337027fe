const { ParseServer } = require('parse-server');
const S3Adapter = require('@parse/s3-files-adapter');
const server = new ParseServer({
  appId: process.env.APP_ID,
  filesAdapter: new S3Adapter(),
  emailAdapter: { module: '@parse/simple-mailgun-adapter', options: {} }
});
