q.aggregate([{ group: { objectId: '$u' } }]);
