Parse.Object.saveAll(list, { success: done });
Parse.Object.destroyAll(list).then(done, function (error) { complain(error); });
