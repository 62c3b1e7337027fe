query.find().then(function (l) { show(l); }, function (e) { complain(e); });

note.save(null).then(function (saved) {
    show(saved); // at once
  }, function (error) {
    complain(error.message);
  });

note.destroy({ useMasterKey: true }).then(function () { show(); });
