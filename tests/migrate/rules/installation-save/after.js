Parse.Cloud.define('move', function (request) {
  return new Parse.Query(Parse.Installation).get(request.params.id, { useMasterKey: true }).then(function (inst) {
    inst.set('deviceToken', request.params.token);
    return inst.save(null, { useMasterKey: true, installationId: request.installationId });
  });
});
