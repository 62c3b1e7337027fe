var file = new Parse.File('a.png', { base64: 'AA==' });
file.save({ sessionToken: token });
file.save(options);
var note = new Parse.Object('Note');
note.save();
new File('a.png').save();
