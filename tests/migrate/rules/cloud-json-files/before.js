var fs = require('fs');
var keys = require('cloud/keys.json');
var settings = require('../config/global.json');
var page = fs.readFileSync('cloud/page.html', 'utf8');
