Parse.Cloud.define('notes', function (req) {
  return new Parse.Query('Note').find();
});
Parse.Cloud.beforeSave('Note', function (q) {
  return q.object.get('parent').save({ touched: true });
});
function build(text) { var query = new Parse.Query('Note'); query.equalTo('text', text); return query; }
Parse.Cloud.define('built', function (req) {
  return build(req.params.text).find();
});
Parse.Cloud.define('undeclared', function (req) {
  asked = new Parse.Query('Note');
  return asked.find();
});
Parse.Cloud.define('tags', function (req) {
  return req.user.relation('tags').query().find();
});
