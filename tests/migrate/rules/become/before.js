Parse.User.become(t).then(run);
