Parse.Cloud.define('edit', function (request) {
  var note = new Parse.Object('Note');
  note.unset('draft');
  if ('text' in request.params) note.set('text', request.params.text);
  return note.save(null, { useMasterKey: true });
});
