Parse.Cloud.beforeSave('Note', function (req) {
  req.object.unset('draft');
});
