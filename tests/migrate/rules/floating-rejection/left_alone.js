Parse.Cloud.afterSave('C', async function (q) {
  await stat.save();
  stat.save().then(null, complain);
  stat.get('n');
  _.each([1], f);
  return stat.save();
});
Parse.Cloud.beforeSave('D', function (q) {
  if (q.object.get('n')) {
    stat.fetch().then(function () { throw 'no'; });
  }
});
function mail(message) { sender.send(message, function (error) { complain(error); }); }
function counted(badge, number) { badge.count(number); }
exports.save(names);
Parse.Cloud.beforeSave('E', function (q) { q.object.get('name', 'unnamed'); });
