console.log({ started: true });
Parse.Cloud.beforeSave('Note', function (request) {
  console.log('saving ' + request.object.id);
  console.log(request.object.get('text'));
  var logger = { log: function () {} };
  logger.log(request.object);
});
