// Names of things.
var _ = require('underscore');
Parse.Cloud.define('names', function (request) {
  return _.pluck(request.params.list, 'name');
});
