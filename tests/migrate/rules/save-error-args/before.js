o.save().then(ok, function (obj, err) { log(err.message); });
