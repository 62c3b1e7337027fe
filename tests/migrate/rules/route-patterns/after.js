const { ParseServer } = require('parse-server');
const limits = [{ requestPath: '/functions/*path', requestCount: 10, requestTimeWindow: 1000 }];
const server = new ParseServer({ appId: process.env.APP_ID, rateLimit: limits });
const app = require('express')();
app.get('/*path', page);
