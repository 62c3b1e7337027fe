Parse.Push.send(payload, { useMasterKey: true }).then(function (id) {
  return Parse.Push.getPushStatus(id);
});
