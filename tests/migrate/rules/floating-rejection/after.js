Parse.Cloud.afterSave('C', function (q) {
  stat.increment('n');
  stat.save().catch(error => q.log.error(error));
  done(q);
});
