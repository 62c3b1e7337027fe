Parse.Push.send(payload, { useMasterKey: true }).then(function (answer) {
  if (!answer.result) throw new Error('not sent');
});
