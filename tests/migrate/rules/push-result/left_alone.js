Parse.Push.send(payload, { useMasterKey: true }).then(function () { return 'sent'; });
Parse.Push.send(payload, { useMasterKey: true }).then(function (id) { console.log(id); });
mailer.send(payload).then(function (answer) { return answer.result; });
