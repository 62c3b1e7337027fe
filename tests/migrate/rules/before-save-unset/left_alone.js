Parse.Cloud.afterSave('Note', function (req) {
  req.object.unset('draft');
});
