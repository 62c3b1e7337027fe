var a = 1; Parse.initialize('app', 'js');
