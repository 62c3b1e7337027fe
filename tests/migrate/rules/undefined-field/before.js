Parse.Cloud.beforeSave('Note', function (request) {
  var note = request.object;
  note.set('edits', note.get('edits') + 1);
  note.set('short', note.get('text').substring(0, 10));
  if (note.get('parent') === null) note.set('top', true);
});
Parse.Cloud.beforeSave('Undeclared', function (request) {
  note = request.object;
  note.get('name').split('@');
});
Parse.Cloud.beforeSave('Sum', function (request) {
  request.object.set('total', before + request.object.get('more'));
});
