Parse.Cloud.define('all', function (request) {
  Parse.Cloud.useMasterKey();
  var query = new Parse.Query('Note');
  return query.find().then(function (notes) {
    notes[0].set('seen', notes[0].get('seen') + 1);
    return notes[0].save();
  });
});
