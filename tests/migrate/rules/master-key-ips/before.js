Parse.masterKey = process.env.MASTER_KEY;
fetch(url, { headers: { 'X-Parse-Master-Key': process.env.MASTER_KEY } });
