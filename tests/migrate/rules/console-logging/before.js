Parse.Cloud.beforeSave('Note', function (request) {
  console.log(request.object);
  var facts = { a: 1 };
  console.error('saving', facts);
});
