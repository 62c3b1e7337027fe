query().first().then(function (note) { show(note); });
new Parse.Query('Note').first().then(function (note) {
  if (note == null) return none();
  return note.get('text');
});
