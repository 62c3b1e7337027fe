q.limit(100);
q.skip(1000);
