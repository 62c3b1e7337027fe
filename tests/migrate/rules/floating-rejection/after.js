Parse.Cloud.afterSave('C', function (q) {
  stat.increment('n');
  stat.save().catch(error => q.log.error(error));
  done(q);
});
Parse.Cloud.afterSave('D', function (q) {
  stat.fetch().then(function () { done(q); }).catch(error => q.log.error(error));
});
