Parse.Cloud.afterSave('C', function (q) { if (q.original) return; queue.add('feed', q.object.id); });

Parse.Cloud.beforeSave('C', async function (q) { await check(q.object); });
