Parse.Cloud.define('limit', async function (request) {
  var most = (await Parse.Config.get()).get('most');
  const config = await Parse.Config.get();
  return most + config.get('more');
});
