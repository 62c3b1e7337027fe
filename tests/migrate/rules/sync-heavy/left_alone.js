Parse.Cloud.define('tidy', async function (request) {
  const all = await new Parse.Query('Note').find({ useMasterKey: true });
  for (const note of all) note.set('seen', true);
  const found = all.map(note => list.find(note));
  await new Parse.Query('Note').each(note => note.save(null, { useMasterKey: true }), { useMasterKey: true });
  return Parse.Object.saveAll(all, { useMasterKey: true });
});
Parse.Cloud.job('slow', async function (request) {
  const all = await new Parse.Query('Note').find({ useMasterKey: true });
  for (const note of all) await note.save(null, { useMasterKey: true });
});
