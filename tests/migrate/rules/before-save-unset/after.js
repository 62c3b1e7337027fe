Parse.Cloud.beforeSave('Note', function (req) {
  req.object.set('draft', null);
});
