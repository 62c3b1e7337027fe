var p = Promise.resolve(list);
