var express = require('express');
var app = express();
app.set('views', __dirname + '/views');
