var text = note.get('text');
var size = note.get(key);
