Parse.Cloud.afterSave('Note', function (req) {
  if (req.object.createdAt.getTime() === req.object.updatedAt.getTime()) welcome();
  if (req.object.isNew()) welcome();
  var created = req.object.get('createdAt'), changed = req.object.get('updatedAt');
  if (created.getTime() != changed.getTime()) return;
});
