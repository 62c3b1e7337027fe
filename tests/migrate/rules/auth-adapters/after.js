var api = new ParseServer({ appId: 'a', masterKey: key, auth: { facebook: { enabled: true, appIds: ['1'] } } });
