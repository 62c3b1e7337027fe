var b = Buffer.from(s, 'base64');
var c = Buffer.alloc(16);
