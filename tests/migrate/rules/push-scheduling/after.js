Parse.Cloud.job('send', function () {
  return Parse.Push.send({ channels: ['a'], data: {} }, { useMasterKey: true });
});
