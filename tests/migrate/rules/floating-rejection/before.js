Parse.Cloud.afterSave('C', function (q) {
  stat.increment('n');
  stat.save();
  done(q);
});
Parse.Cloud.afterSave('D', function (q) {
  stat.fetch().then(function () { done(q); });
});
