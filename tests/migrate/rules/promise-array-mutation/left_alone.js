var promise = Parse.Promise.as();
promise = promise.then(next);
_.each(list, function (note) {
  var own = find(note);
  own = own.then(function () { return note.destroy({ useMasterKey: true }); });
});
list.forEach(note => { promises.push(note.save()); });
