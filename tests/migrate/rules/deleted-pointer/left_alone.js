Parse.Cloud.define('authors', async function (request) {
  const posts = await new Parse.Query('Post').include('author').find({ useMasterKey: true });
  const first = posts[0];
  log(first.get('author') && first.get('author').get('name'));
  log(first.get('author')?.get('name'), first.get('tags').length);
  log(first.get('author').length);
  return posts.filter(post => post.get('author')).length;
});
