Parse.Cloud.define('notes', function (req) {
  return new Parse.Query('Note').find();
});
Parse.Cloud.beforeSave('Note', function (q) {
  return q.object.get('parent').save({ touched: true });
});
