Parse.Cloud.beforeSave('Note', function (request) {
  var note = request.object;
  if (note.dirty('text')) log((request.original && request.original.get('text')));
});
