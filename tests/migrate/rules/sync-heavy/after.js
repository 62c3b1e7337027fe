Parse.Cloud.define('tidy', async function (request) {
  const all = await new Parse.Query('Note').find({ useMasterKey: true });
  await Parse.Object.saveAll(all, { useMasterKey: true });
  await new Parse.Query('Tag').containedIn('note', all).find({ useMasterKey: true });
});
