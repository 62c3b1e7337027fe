const { ParseServer } = require('parse-server');
const server = new ParseServer({ rateLimit: { requestPath: '/functions/*name' }, cloud: 'cloud/*' });
const requestPath = '/functions/*';
const app = require('express')();
app.get('/a/*rest', page);
app.set('*', page);
query.get('*');
