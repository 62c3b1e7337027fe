Parse.Cloud.define('notes', function (req) {
  return new Parse.Query('Note').find({ sessionToken: req.user.getSessionToken() });
});
Parse.Cloud.beforeSave('Note', function (q) {
  return q.object.get('parent').save({ touched: true }, { sessionToken: q.user.getSessionToken() });
});
