var date = require('./util/date.js');
