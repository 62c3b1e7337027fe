var settings = { expiration_interval: 60, name: 'cache' };
object.set('push_time', new Date());
console.log('push_time');
var expiration_interval = 3;
