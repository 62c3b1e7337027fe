var express = require('express');
var app = express();
app.set('views', __dirname + '/cloud/views');
app.set('view engine', 'pug');
app.set('port', 'cloud/views');
object.set('views', 'cloud/views');
