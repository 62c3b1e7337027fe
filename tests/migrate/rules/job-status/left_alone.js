Parse.Cloud.job('j', async function (request) { request.message('go'); return 'ok'; });

function helper(request, status) { status.success('not a job'); }
