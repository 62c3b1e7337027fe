var recent = new Parse.Query('Post').greaterThan('createdAt', since);
new Parse.Query('Comment').matchesQuery('post', recent);
newest.find({ useMasterKey: true }).then(posts => new Parse.Query('Comment').containedIn('post', posts));
