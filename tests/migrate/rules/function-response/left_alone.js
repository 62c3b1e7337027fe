Parse.Cloud.define('hi', function (request) { return 'hi'; });

Parse.Cloud.define('page', async (request, info) => { return info; });

app.get('/', function (req, res) { res.success('not a handler'); });
