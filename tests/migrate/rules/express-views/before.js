var express = require('express');
var app = express();
app.set('views', 'cloud/views');
