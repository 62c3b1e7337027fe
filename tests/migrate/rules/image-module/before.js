var Image = require('parse-image');
Parse.Cloud.define('small', function (request) {
  var image = new Image();
  return image.setData(request.params.data);
});
