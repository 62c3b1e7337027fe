Parse.Cloud.define('notes', function (req, res) {
  var query = new Parse.Query('Note');
  return query.find();
});
