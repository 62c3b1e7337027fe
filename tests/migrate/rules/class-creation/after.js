var Log = Parse.Object.extend('Log');
new Log().save({ text: 'started' }, { useMasterKey: true });
var entry = new Parse.Object('Entry');
entry.set('text', 'first');
entry.save(null, { useMasterKey: true }).then(show, complain);
entry.save(null, { useMasterKey: true }).then(show, complain);
