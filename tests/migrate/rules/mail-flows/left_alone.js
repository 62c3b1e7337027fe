Accounts.requestPasswordReset('a@b.c');
query.equalTo('emailVerified', true);
const { ParseServer } = require('parse-server');
new ParseServer({ appId: process.env.APP_ID, verifyUserEmails: false });
