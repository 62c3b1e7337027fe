Parse.Cloud.afterSave('C', function (q) {
  stat.increment('n');
  stat.save().catch(error => q.log.error(error));
  done(q);
});
Parse.Cloud.afterSave('D', function (q) {
  stat.fetch().then(function () { done(q); }).catch(error => q.log.error(error));
});
Parse.Cloud.afterDelete('D', function (q, unused) {
  new Parse.Query('E').find().then(function (found) { done(found); }).catch(error => q.log.error(error));
});
Parse.Cloud.define('F', function (q, unused) {
  new Parse.Query('E').find().then(function (found) { done(found); }).catch(error => q.log.error(error));
});
