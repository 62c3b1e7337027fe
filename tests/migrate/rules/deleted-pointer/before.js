Parse.Cloud.define('authors', async function (request) {
  const posts = await new Parse.Query('Post').include('author').find({ useMasterKey: true });
  return posts.map(post => post.get('author').get('name'));
});
