Parse.Cloud.define('seen', function (req, res) {
  note.save(null, res);
});
