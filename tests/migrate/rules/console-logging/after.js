Parse.Cloud.beforeSave('Note', function (request) {
  request.log.info(JSON.stringify(request.object));
  var facts = { a: 1 };
  request.log.error('saving', facts);
});
