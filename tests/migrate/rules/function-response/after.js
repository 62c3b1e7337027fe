Parse.Cloud.define('hi', function (req) { return 'hi ' + req.params.n; });

Parse.Cloud.define('stars', function (request) {
  var query = new Parse.Query('Review'); // of all times
  if (!request.params.film) {
    throw 'no film';
    return;
  }
  return query.find({ useMasterKey: true }).then(function (list) {
    if (list.length === 0) throw new Parse.Error(900, 'none');
    return list.length;
  }, function (error) {
    throw error;
  });
});

Parse.Cloud.define('first', (q) => new Parse.Query('A').first().then(a => ({ a: a })).catch(e => { throw e; }));
