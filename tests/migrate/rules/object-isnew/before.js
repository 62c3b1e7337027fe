Parse.Cloud.afterSave('Note', function (req) {
  if (req.object.createdAt.getTime() === req.object.updatedAt.getTime()) welcome();
  if (req.object.isNew()) welcome();
});
