Parse.Cloud.job('tidy', function (request, status) {
  return tidy().catch(function (error) { status.error(error); });
});
Parse.Cloud.job('count', function (request) {
  return count().catch(error => console.log(error));
});
Parse.Cloud.job('send', async function (request) {
  try { await send(); } catch (error) { console.error(error); }
});
Parse.Cloud.job('mend', function (request) {
  return note.save(null, { error: function (note, error) { console.log(error); } });
});
