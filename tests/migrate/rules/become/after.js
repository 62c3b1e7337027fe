Parse.User.me(t).then(run);
