var note = new Parse.Object('Note');
note.set('deviceName', 'phone');
note.save();
var query = new Parse.Query(Parse.Installation);
query.equalTo('deviceToken', 'x');
