Parse.Object.saveAll(list, { transaction: true, success: done });
Parse.Object.destroyAll(list).then(done, function (error) { error.errors.forEach(complain); });
