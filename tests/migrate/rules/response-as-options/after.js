Parse.Cloud.define('seen', function (req, res) {
  return note.save(null);
});
