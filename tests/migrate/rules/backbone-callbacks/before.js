query.find({ success: function (l) { show(l); }, error: function (e) { complain(e); } });

note.save(null, {
  success: function (saved) {
    show(saved); // at once
  },
  error: function (object, error) {
    complain(error.message);
  }
});

note.destroy({ useMasterKey: true, success: function () { show(); } });
