u._linkWith('facebook', { authData: a });
