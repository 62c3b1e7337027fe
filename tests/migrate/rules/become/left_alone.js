Parse.User.me(t).then(run);
frog.become('prince');
