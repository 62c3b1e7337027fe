Parse.Cloud.beforeSave('P', function (request) { if (!request.object.get('t')) throw 'no t'; });

Parse.Cloud.afterSave('P', function (request, unused) { console.log('saved'); });
