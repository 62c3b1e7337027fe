var Log = Parse.Object.extend('Log');
new Log().save({ text: 'started' }, { useMasterKey: true });
var entry = new Parse.Object('Entry');
entry.set('text', 'first');
entry.save(null, { useMasterKey: true }).then(show, complain);
entry.save(null, { useMasterKey: true }).then(show, complain);
new Parse.Query('Found').first().then(function (found) {
  if (!found) { found = new Parse.Object('Found'); }
  return found.save(null, { useMasterKey: true });
});
new Parse.Query('Either').first().then(function (either) {
  either = either || new Parse.Object('Either');
  return either.save(null, { useMasterKey: true });
});
