Parse.Cloud.define('top', function (request) {
  var score = new Parse.Object('Score');
  score.increment('points');
  score.set('player', request.params.player);
  new Parse.Query('Score').equalTo('player', request.params.player).find({ useMasterKey: true });
  new Parse.Object('Game').set('points', '10');
  new Parse.Query('Score').equalTo('level', 2).equalTo('level', 3).find({ useMasterKey: true });
});
