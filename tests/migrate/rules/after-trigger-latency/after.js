Parse.Cloud.afterSave('C', function (q) { queue.add('feed', q.object.id); });
