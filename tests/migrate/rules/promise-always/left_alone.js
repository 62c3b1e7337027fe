$.get('/x').always(stop);
query.find().then(show).catch(complain);
test.done();
