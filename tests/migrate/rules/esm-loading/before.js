import './jobs.js';
var x = require('./x');
