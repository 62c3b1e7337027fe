const { ParseServer } = require('parse-server');
const server = new ParseServer({
  appId: process.env.APP_ID,
  requestComplexity: { includeDepth: 10, batchRequestLimit: 100 },
  readOnlyMasterKeyIps: ['127.0.0.1', '::1'],
  fileUpload: { allowedFileUrlDomains: [] }
});
