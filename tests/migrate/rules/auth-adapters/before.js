var api = new ParseServer({ appId: 'a', masterKey: key, facebookAppIds: ['1'] });
user.linkWith('facebook', { authData: { id: '1', access_token: token } });
