Parse.Cloud.define('notes', function (req, res) {
  var query = new Parse.Query('Note');
  query.find().then(res.success, res.error);
});
