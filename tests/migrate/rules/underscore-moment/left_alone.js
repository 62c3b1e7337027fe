var lodash = require('lodash');
var dates = require('moment-timezone');
var own = require('./underscore');
other._.pluck([], 'name');
