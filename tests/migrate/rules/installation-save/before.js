var installation = new Parse.Installation();
installation.save();
Parse.Cloud.define('move', function (request) {
  return new Parse.Query(Parse.Installation).get(request.params.id).then(function (inst) {
    inst.set('deviceToken', request.params.token);
    return inst.save();
  });
});
