o.save().then(ok, function (err) { log(err.message); });
