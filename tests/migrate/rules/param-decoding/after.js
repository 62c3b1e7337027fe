Parse.Cloud.define('open', function (request) {
  var post = request.params.post;
  log(request.params.since.toISOString());
  return post.id || post.objectId;
});
Parse.Cloud.define('show', async ({ params }) => {
  const { post } = params;
  return post.id;
});
