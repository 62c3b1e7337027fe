Parse.Cloud.define('open', function (request) {
  var id = request.params.objectId;
  var found = { objectId: id };
  log(found.objectId, request.params.post.id || request.params.post.objectId);
  return answer.objectId;
});
