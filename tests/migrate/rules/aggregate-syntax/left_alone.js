q.aggregate([{ $group: { _id: '$group' } }]);
