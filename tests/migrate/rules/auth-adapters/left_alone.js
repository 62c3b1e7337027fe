var api = new ParseServer({ appId: 'a', auth: { apple: { enabled: true, clientId: 'c' } } });
var client = new Twitter({ oauth: { token: 't' } });
var seen = { authData: user.get('authData') };
query.exists('authData');
function link(call) { return api.save(function () { return { authData: 1 }; }); }
