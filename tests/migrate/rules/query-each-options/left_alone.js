new Parse.Query('Note').equalTo('a', 1).each(function (note) { show(note); }, { useMasterKey: true });
_.each({ a: 1 }, function (value) { show(value); });
list.limit(2).each(show);
