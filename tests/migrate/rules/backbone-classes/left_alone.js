var List = Backbone.Collection.extend({});
var c = db.collection('a');
