new Parse.Query('Note').count();
var push = { where: new Parse.Query(Parse.Installation).equalTo('a', 1) };
Parse.Cloud.define('device', async function (request) {
  const installation = await new Parse.Query('_Installation').first({ useMasterKey: true });
  return installation.get('deviceToken');
});
