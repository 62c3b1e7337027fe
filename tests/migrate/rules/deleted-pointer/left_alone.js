Parse.Cloud.define('authors', async function (request) {
  const posts = await new Parse.Query('Post').include('author').find({ useMasterKey: true });
  const first = posts[0];
  log(first.get('author') && first.get('author').get('name'));
  log(first.get('author')?.get('name'), first.get('tags').length);
  log(first.get('author').length);
  return posts.filter(post => post.get('author')).length;
});
Parse.Cloud.define('kept', async function (request) {
  const post = await new Parse.Query('Post').include('author').get('x', { useMasterKey: true });
  const author = post.get('author');
  if (author !== undefined) log(post.get('author').get('name'), author.get('name'));
});
