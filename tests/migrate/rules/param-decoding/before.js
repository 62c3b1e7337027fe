Parse.Cloud.define('open', function (request) {
  var post = request.params.post;
  log(request.params.since.iso);
  return post.objectId;
});
Parse.Cloud.define('show', async ({ params }) => {
  const { post } = params;
  return post.objectId;
});
