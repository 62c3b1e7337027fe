Parse.Cloud.job('j', function (r) { r.message('go'); return 'ok'; });
