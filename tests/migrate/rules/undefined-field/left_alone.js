Parse.Cloud.beforeSave('Note', function (request) {
  var note = request.object;
  if (note.get('text')) note.set('short', note.get('text').substring(0, 10));
  note.set('length', note.has('tags') ? note.get('tags').length : 0);
  var size = note.get('size') && note.get('size').width;
  note.get('likes').add(request.user);
  log('saved ' + note.get('text'));
  note.set('days', note.get('createdAt').getTime());
  note.set('sum', (note.get('sum') || 0) + 1);
  note.set('deep', note.get('deep')?.er);
  if (table.get('text').length === table.get('size') - 1) log(headers.get('host').length);
});
