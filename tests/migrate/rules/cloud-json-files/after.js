var fs = require('fs');
var key = process.env.KEY;
var page = fs.readFileSync(__dirname + '/page.html', 'utf8');
