var b = Buffer.from(s, 'base64');
var c = new my.Buffer(16);
