Parse.Cloud.afterSave('Note', function (req) {
  if (!req.original) welcome();
  if (!req.original) welcome();
});
