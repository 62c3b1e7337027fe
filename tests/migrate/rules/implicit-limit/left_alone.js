var q = new Parse.Query('Note');
q.equalTo('a', 1).limit(10);
q.find({ useMasterKey: true }).then(show, complain);
list.find(f);
function notes() { var made = new Parse.Query('Note'); made.limit(10); return made; }
Parse.Cloud.define('helped', function () { return notes().find({ useMasterKey: true }); });
Parse.Cloud.define('late', function (request) {
  var query;
  if (request.user) query = new Parse.Query('Note').limit(10);
  return query.find({ useMasterKey: true });
});
