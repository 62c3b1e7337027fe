Parse.User.verifyPassword(name, password);
