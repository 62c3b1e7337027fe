var express = require('express');
var app = express();
app.listen(process.env.PORT, function () {});
require('http').createServer(app).listen();
socket.listen();
