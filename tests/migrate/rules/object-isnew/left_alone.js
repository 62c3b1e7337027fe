Parse.Cloud.beforeSave('Note', function (req) {
  if (req.object.isNew()) welcome();
  if (req.object.dirty('text')) check();
});
Parse.Cloud.afterSave('Note', function (req) {
  var other = new Parse.Object('Other');
  if (other.isNew()) welcome();
  if (req.object.existed() || req.object.createdAt > other.updatedAt) log(req.object.createdAt);
});
