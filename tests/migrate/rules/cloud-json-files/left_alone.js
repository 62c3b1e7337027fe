var fs = require('fs');
var own = require('./package.json');
fs.readFileSync('/etc/hosts');
fs.readFile(__dirname + '/cloud/page.html', done);
storage.readFile('cloud/page.html');
var more = require('cloud/more.js');
