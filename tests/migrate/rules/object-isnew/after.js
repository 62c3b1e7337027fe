Parse.Cloud.afterSave('Note', function (req) {
  if (!req.original) welcome();
  if (!req.original) welcome();
  var created = req.object.get('createdAt'), changed = req.object.get('updatedAt');
  if (req.original) return;
});
