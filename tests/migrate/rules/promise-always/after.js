query.count().then(stop, stop);
query.find().then(show).catch(complain);
