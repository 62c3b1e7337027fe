var Log = Parse.Object.extend('Log');
new Log().save({ text: 'started' }, { useMasterKey: true });
var user = new Parse.User();
user.save();
new Canvas().save();
new Parse.Query('Log').first().then(function (log) { return log.save({ text: 'changed' }); });
var known = Log.createWithoutData('x1');
known.save({ text: 'changed' });
function rename(id, text) {
  var log = new Log();
  log.id = id;
  log.set('text', text);
  log.save();
  var other = new Log();
  other.set('objectId', id);
  other.save();
}
function branches(list) {
  if (list.length) { var one = list[0]; one.save(); } else { var one = new Log(); one.save(null, { useMasterKey: true }); }
}
