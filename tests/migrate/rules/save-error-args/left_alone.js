o.save().then(function (a, b) { log(a, b); }, function (err) { log(err.message); });
