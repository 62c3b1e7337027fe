q.limit(1000);
