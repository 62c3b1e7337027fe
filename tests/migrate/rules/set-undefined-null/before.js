Parse.Cloud.define('edit', function (request) {
  var note = new Parse.Object('Note');
  note.set('draft', undefined);
  note.set('text', request.params.text);
  return note.save(null, { useMasterKey: true });
});
