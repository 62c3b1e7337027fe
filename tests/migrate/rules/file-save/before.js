Parse.Cloud.define('upload', function (request) {
  var file = new Parse.File('a.png', { base64: request.params.image });
  return file.save().then(function () {
    return new Parse.File('b.png', { base64: request.params.image }).save({});
  }).then(function () {
    return file.save(null, { useMasterKey: true });
  });
});
