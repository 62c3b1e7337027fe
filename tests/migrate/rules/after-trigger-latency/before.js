Parse.Cloud.afterSave('C', async function (q) { await rebuildFeed(q.object); });
