Parse.Cloud.define('branch', async function (request) {
  const notes = await new Parse.Query('Note').find();
  return notes[0] || null;
});
Parse.Cloud.define('assigned', function (request, response) {
  new Parse.Query('Note').find({
    success: function (notes) { response.success(notes); },
    error: function (error) { response.error(error); }
  });
});
