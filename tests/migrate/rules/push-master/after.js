Parse.Push.send({ channels: ['a'], data: { alert: 'hi' } }, { useMasterKey: true });
Parse.Cloud.define('ping', function (request) {
  return Parse.Push.send({ where: new Parse.Query(Parse.Installation), data: {} }, { useMasterKey: true });
});
