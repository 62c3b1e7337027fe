fetch(server + '/hooks/functions', { method: 'POST' });
exports.hook = function (req, res) { return req.headers['x-parse-webhook-key']; };
