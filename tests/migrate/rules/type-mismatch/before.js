Parse.Cloud.define('top', function (request) {
  var score = new Parse.Object('Score');
  score.increment('points');
  new Parse.Query('Score').greaterThan('points', request.params.least).find({ useMasterKey: true });
  score.set('points', '10');
});
