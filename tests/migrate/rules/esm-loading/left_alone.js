var jobs = require('./jobs.js');
var x = require('./x');
