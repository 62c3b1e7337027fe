q.aggregate([{ $group: { _id: '$u' } }]);
