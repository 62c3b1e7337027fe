var all = new Parse.Query('Post');
new Parse.Query('Comment').matchesQuery('post', all);
var newest = new Parse.Query('Post').equalTo('open', true).descending('createdAt').limit(10);
new Parse.Query('Comment').matchesQuery('post', newest);
