var p = Promise.resolve(list);
function none() { return Promise.resolve(); }
