new Parse.Query('Note').first().then(function (note) { return note ? note.get('text') : null; });
new Parse.Query('Note').first().then(function (note) { show(note); });
new Parse.Query('Note').get('x').then(function (note) { return note.get('text'); });
_.first(list);
var text = note.get('text');
if (text === null) none();
new Parse.Query('Note').first().then(function (note) { if (note === null || note === undefined) none(); });
async function name() {
  const note = await new Parse.Query('Note').first();
  return note?.get('text');
}
new Parse.Query('Note').first({ success: function (note) { if (note) note.set('text', ''); } });
new Parse.Query('Note').first().then(function (note) { check(note); return note.get('text'); });
