var promise = Parse.Promise.as();
_.each(list, function (note) {
  promise = promise.then(function () { return note.destroy({ useMasterKey: true }); });
});
