Parse.Cloud.beforeSave('Note', function (request) {
  var model = new Backbone.Model();
  if (model.hasChanged('text')) log(model.previous('text'));
  if (request.object.dirty('text')) element.change(log);
});
