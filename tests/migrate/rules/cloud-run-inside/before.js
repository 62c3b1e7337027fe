Parse.Cloud.define('f', function (request) {
  return Parse.Cloud.run('g', {});
});
