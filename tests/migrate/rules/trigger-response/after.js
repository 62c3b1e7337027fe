Parse.Cloud.beforeSave('P', function (q) { if (!q.object.get('t')) throw 'no t'; });

Parse.Cloud.beforeDelete('Album', function (request) {
  if (request.object.get('photos') > 0) {
    throw 'there are photos';
  } else {
    return;
  }
});
