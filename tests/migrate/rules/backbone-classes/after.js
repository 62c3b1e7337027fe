var c = new Parse.Query('A').find();
