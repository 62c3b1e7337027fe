const ParseServer = require('parse-server').ParseServer;
const express = require('express');
const root = express();
root.set('trust proxy', 1);
const server = new ParseServer({ appId: process.env.APP_ID, masterKeyIps: ['10.0.0.1'] });
