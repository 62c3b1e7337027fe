var Log = Parse.Object.extend('Log');
new Log().save({ text: 'started' });
var entry = new Parse.Object('Entry');
entry.set('text', 'first');
entry.save().then(show, complain);
entry.save().then(show, complain);
