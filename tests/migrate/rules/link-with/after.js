u.linkWith('facebook', { authData: a });
