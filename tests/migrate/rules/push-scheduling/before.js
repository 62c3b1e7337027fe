Parse.Push.send({ channels: ['a'], push_time: new Date(), data: {} }, { useMasterKey: true });
Parse.Push.send({ channels: ['a'], expiration_interval: 3600, data: {} }, { useMasterKey: true });
payload.push_time = '2015-01-01T12:00';
