Parse.Cloud.define('all', function (request) {
  return new Parse.Query('Note').find({ useMasterKey: true });
});
