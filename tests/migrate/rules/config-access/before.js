Parse.Cloud.define('limit', async function (request) {
  var most = Parse.Config.current().get('most');
  const config = Parse.Config.current();
  return most + config.get('more');
});
