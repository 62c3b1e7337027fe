Parse.Cloud.beforeSave('P', function (q, s) { q.object.get('t') ? s.success() : s.error('no t'); });

Parse.Cloud.beforeDelete('Album', function (request, response) {
  if (request.object.get('photos') > 0) {
    response.error('there are photos');
  } else {
    response.success();
  }
});
