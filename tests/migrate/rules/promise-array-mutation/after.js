var promise = Parse.Promise.as();
promise = promise.then(async () => { for (const note of list) await note.destroy({ useMasterKey: true }); });
