var date = require('cloud/util/date.js');
