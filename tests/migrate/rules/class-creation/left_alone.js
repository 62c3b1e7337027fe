var Log = Parse.Object.extend('Log');
new Log().save({ text: 'started' }, { useMasterKey: true });
var user = new Parse.User();
user.save();
new Canvas().save();
new Parse.Query('Log').first().then(function (log) { return log.save({ text: 'changed' }); });
var known = Log.createWithoutData('x1');
known.save({ text: 'changed' });
