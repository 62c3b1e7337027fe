u.linkWith('facebook', { authData: a });
u._link('x');
