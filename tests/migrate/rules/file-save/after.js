Parse.Cloud.define('upload', function (request) {
  var file = new Parse.File('a.png', { base64: request.params.image });
  return file.save({ useMasterKey: true }).then(function () {
    return new Parse.File('b.png', { base64: request.params.image }).save({ useMasterKey: true });
  }).then(function () {
    return file.save({ useMasterKey: true });
  });
});
