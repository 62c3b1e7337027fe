Parse.Object.saveAll(list).then(done);
Parse.Object.saveAll(list, { transaction: true }).then(done, complain);
store.saveAll(list, { success: done });
