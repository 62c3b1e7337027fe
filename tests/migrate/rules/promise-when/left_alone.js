var c = Promise.all([a, b]);
$.when(a, b).then(f);
