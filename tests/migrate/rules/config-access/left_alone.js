Parse.Cloud.define('limit', async function (request) {
  const config = await Parse.Config.get({ useMasterKey: true });
  return config.get('most');
});
Slides.current();
Config.current();
