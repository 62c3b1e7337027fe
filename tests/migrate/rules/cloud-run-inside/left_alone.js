Parse.Cloud.define('f', function (request) {
  return workers.run('g', {});
});
