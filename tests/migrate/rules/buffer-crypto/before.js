var b = new Buffer(s, 'base64');
var c = new Buffer(16);
