var p = Promise.reject('x');
