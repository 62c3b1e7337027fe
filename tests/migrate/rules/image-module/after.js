var sharp = require('sharp');
Parse.Cloud.define('small', function (request) {
  return sharp(request.params.data).resize(64, 64).jpeg().toBuffer();
});
