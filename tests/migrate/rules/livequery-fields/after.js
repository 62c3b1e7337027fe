socket.send(JSON.stringify({ op: 'subscribe', requestId: 1, query: { className: 'Note', where: {}, keys: ['a'] } }));
