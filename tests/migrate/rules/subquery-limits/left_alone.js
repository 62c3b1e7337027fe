var open = new Parse.Query('Post');
open.equalTo('open', true);
new Parse.Query('Comment').matchesQuery('post', open).limit(10);
function within(inner) { return new Parse.Query('Comment').matchesQuery('post', inner); }
