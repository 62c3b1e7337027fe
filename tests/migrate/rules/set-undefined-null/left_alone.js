Parse.Cloud.define('edit', function (request) {
  var note = new Parse.Object('Note');
  if (!request.params.text) throw 'no text';
  note.set('text', request.params.text);
  note.set('size', 3);
  cache.set('note', null);
  return note.save(null, { useMasterKey: true });
});
Parse.Cloud.define('taken', async ({ params }) => {
  const { text } = params;
  if (!text) throw 'no text';
  return new Parse.Object('Note').set('text', text).save(null, { useMasterKey: true });
});
Parse.Cloud.define('checked', function (request) {
  var note = new Parse.Object('Note');
  note.set('text', request.params.text);
  return note.save(null, { useMasterKey: true });
}, { fields: ['text'] });
Parse.Cloud.beforeSave('Other', function (request) { request.object.set({ kept: 1, text: 'here' }); });
