query.count().always(stop);
query.find().done(show).fail(complain);
