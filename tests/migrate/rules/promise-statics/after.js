if (v && typeof v.then === 'function') wait(v);
