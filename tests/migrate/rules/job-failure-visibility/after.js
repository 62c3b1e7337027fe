Parse.Cloud.job('tidy', function (request) {
  return tidy();
});
Parse.Cloud.job('count', function (request) {
  return count();
});
Parse.Cloud.job('send', async function (request) {
  await send();
});
Parse.Cloud.job('mend', function (request) {
  return note.save(null);
});
