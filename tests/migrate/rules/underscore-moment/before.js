// Names of things.
Parse.Cloud.define('names', function (request) {
  return Parse._.pluck(request.params.list, 'name');
});
