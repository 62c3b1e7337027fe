Parse.Push.send({ data: {} }, { useMasterKey: true });
Parse.Push.send(payload, options);
mailer.send({ to: 'a' });
response.send({});
