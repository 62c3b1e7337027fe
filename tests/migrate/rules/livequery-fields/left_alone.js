socket.send({ op: 'select', query: { fields: ['a'] } });
search({ query: { fields: ['a'] } });
var form = { op: 'subscribe', fields: ['a'] };
