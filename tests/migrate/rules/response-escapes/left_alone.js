Parse.Cloud.define('notes', function (req) {
  return new Parse.Query('Note').find();
});

Parse.Cloud.define('direct', function (req, res) {
  res.success(1);
});
Parse.Cloud.define('looked', function (req, res) {
  if (res) console.log('answer by ' + res);
  if (res && res.success) res.success(1);
  res.error = 'never sent';
});
