var p = Parse.Promise.error('x');
