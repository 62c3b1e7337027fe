Parse.Cloud.afterSave('C', function (q) {
  stat.increment('n');
  stat.save();
  done(q);
});
