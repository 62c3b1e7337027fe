Parse.Cloud.define('authors', async function (request) {
  const posts = await new Parse.Query('Post').include('author').find({ useMasterKey: true });
  return posts.map(post => post.get('author')?.get('name'));
});
Parse.Cloud.define('first', function (request, response) {
  var query = new Parse.Query('Post').include('author');
  query.find({ useMasterKey: true, success: function (posts) {
    var author = posts[0].get('author');
    response.success(author?.get('name'));
  } });
});
new Parse.Query('Note').include('author').first().then(function (note) {
  var name = note.get('author')?.get('name');
  if (note.get('author')) show(name);
});
