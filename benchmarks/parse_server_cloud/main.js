// The Cloud Code that Parse Server runs while it is measured; parsonage_cloud/main.py does the same.

Parse.Cloud.define('greet', async request => {
  const { name } = request.params;
  return { greeting: `Hello, ${name}!`, letters: name.length };
});

Parse.Cloud.beforeSave('Checked', async request => {
  const stars = request.object.get('stars');
  if (!(stars >= 1 && stars <= 5)) {
    throw new Parse.Error(142, 'stars go from 1 to 5');
  }
  request.object.set('slug', request.object.get('title').toLowerCase().replaceAll(' ', '-'));
});
