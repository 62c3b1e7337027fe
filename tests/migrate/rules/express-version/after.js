var express = require('express');
var app = express();
app.use(express.json(), express.urlencoded({ extended: true }));
app.use(require('cookie-parser')('salt'));
app.get('/:id', function (request, response) {
  if (!request.params.id) response.status(404).end();
  else response.status(201).json({ id: 1 });
});
exports.page = function (req, res) { res.sendFile('page.html'); };
