Parse.Cloud.define('edit', function (request) {
  var note = new Parse.Object('Note');
  note.set('draft', undefined);
  note.set('text', request.params.text);
  return note.save(null, { useMasterKey: true });
});
Parse.Cloud.beforeSave('Other', function (request) {
  request.object.set('text');
  request.object.set({ kept: 1, gone: null });
});
