Parse.Cloud.define('notes', function (req) {
  return new Parse.Query('Note').find({ useMasterKey: true });
});
Parse.Cloud.define('mine', function (req) {
  Parse.Cloud.useMasterKey();
  return new Parse.Query('Note').find().then(function (notes) { return notes[0].save(); });
});
Parse.Cloud.define('options', function (req) {
  var options = { sessionToken: req.user.getSessionToken() };
  return new Parse.Query('Note').find(options);
});
Parse.Cloud.define('users', function (req) {
  _.each([1], f);
  canvas.find('a');
  req.user.save();
  return new Parse.Query(Parse.User).find();
});
Parse.Cloud.job('tidy', function () { return new Parse.Query('Note').find(); });
function helper() { return new Parse.Query('Note').find(); }
function people() { return new Parse.Query(Parse.User); }
function again() { return again(); }
Parse.Cloud.define('built', function (req) { return people().find(); });
Parse.Cloud.define('endless', function (req) { return again().find(); });
function asAdmin(request) { if (request.user) Parse.Cloud.useMasterKey(); return true; }
Parse.Cloud.define('helped', function (req) {
  if (!asAdmin(req)) return null;
  return new Parse.Query('Note').find();
});
