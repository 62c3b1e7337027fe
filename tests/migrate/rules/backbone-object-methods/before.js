Parse.Cloud.beforeSave('Note', function (request) {
  var note = request.object;
  if (note.hasChanged('text')) log(note.previous('text'));
});
