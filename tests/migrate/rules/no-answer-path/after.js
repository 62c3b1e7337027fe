Parse.Cloud.define('branch', async function (request) {
  const notes = await new Parse.Query('Note').find();
  return notes[0] || null;
});
