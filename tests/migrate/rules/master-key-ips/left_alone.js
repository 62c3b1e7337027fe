fetch(url, { headers: { 'X-Parse-REST-API-Key': key } });
response.set('Access-Control-Allow-Headers', 'X-Parse-Master-Key, X-Parse-REST-API-Key');
var master = Parse.masterKey;
settings.masterKey = 'x';
