Parse.Cloud.beforeSave('Note', function (request) {
  console.log(request.object);
  var facts = { a: 1 };
  console.error('saving', facts);
});
Parse.Cloud.define('found', async function (request) {
  const found = await new Parse.Query('Note').find({ useMasterKey: true });
  console.log(found);
});
