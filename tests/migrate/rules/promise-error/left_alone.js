var p = Promise.reject('x');
console.error('x');
