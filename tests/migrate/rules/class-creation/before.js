var Log = Parse.Object.extend('Log');
new Log().save({ text: 'started' });
var entry = new Parse.Object('Entry');
entry.set('text', 'first');
entry.save().then(show, complain);
entry.save().then(show, complain);
new Parse.Query('Found').first().then(function (found) {
  if (!found) { found = new Parse.Object('Found'); }
  return found.save();
});
new Parse.Query('Either').first().then(function (either) {
  either = either || new Parse.Object('Either');
  return either.save();
});
function branches(list) {
  if (list.length) { var one = list[0]; one.save(); } else { var one = new Parse.Object('Branch'); one.save(); }
}
function perhaps(id) {
  var perhaps = new Parse.Object('Perhaps');
  if (id) perhaps.id = id;
  perhaps.save();
}
