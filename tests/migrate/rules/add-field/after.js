var schema = new Parse.Schema('Score');
schema.addNumber('points').addString('player').addNumber('level');
var definitions = [{ className: 'Game', fields: { title: { type: 'String' }, genre: { type: 'String' } } }];
var score = new Parse.Object('Score');
score.set('level', 2);
var game = new Parse.Object('Game');
game.set('genre', 'chess');
