fetch('https://hooks.example.com/services/1');
var hooks = require('./hooks/functional');
req.headers['x-parse-session-token'];
