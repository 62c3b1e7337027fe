q.findAll();
