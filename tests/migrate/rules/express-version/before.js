var express = require('express');
var app = express();
app.use(express.bodyParser());
app.use(express.cookieParser('salt'));
app.use(app.router);
app.get('/:id', function (request, response) {
  if (!request.param('id')) response.send(404);
  else response.json(201, { id: 1 });
});
exports.page = function (req, res) { res.sendfile('page.html'); };
