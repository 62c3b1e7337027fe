Parse.Cloud.afterSave('C', function (q) {
  stat.increment('n');
  stat.save();
  done(q);
});
Parse.Cloud.afterSave('D', function (q) {
  stat.fetch().then(function () { done(q); });
});
Parse.Cloud.afterDelete('D', function (q, unused) {
  new Parse.Query('E').find().then(function (found) { done(found); });
});
Parse.Cloud.define('F', function (q, unused) {
  new Parse.Query('E').find().then(function (found) { done(found); });
});
