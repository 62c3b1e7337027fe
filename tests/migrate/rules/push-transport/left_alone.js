var devices = { android: { version: 4 }, ios: { version: 9 } };
var query = { pushType: 'apns' };
var labels = { android: 'Android', winrt: 'Windows' };
console.log('push.p12 is gone');
