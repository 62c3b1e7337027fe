var date = require('./util/date.js');
var cloud = require('cloud-storage');
