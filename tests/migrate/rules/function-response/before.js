Parse.Cloud.define('hi', function (req, res) { res.success('hi ' + req.params.n); });

Parse.Cloud.define('stars', function (request, response) {
  var query = new Parse.Query('Review'); // of all times
  if (!request.params.film) {
    response.error('no film');
    return;
  }
  query.find({ useMasterKey: true }).then(function (list) {
    if (list.length === 0) return response.error({ code: 900, message: 'none' });
    response.success(list.length);
  }, function (error) {
    response.error(error);
  });
});

Parse.Cloud.define('first', (q, r) => new Parse.Query('A').first().then(a => r.success({ a: a })).catch(e => r.error(e)));
