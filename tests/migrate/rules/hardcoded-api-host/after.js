var url = Parse.serverURL + '/push';
