query.find({ useMasterKey: true }).then(show, complain);

log.save({ success: true, error: 'none' });

$.get({ url: '/x', success: function () { show(); } });
