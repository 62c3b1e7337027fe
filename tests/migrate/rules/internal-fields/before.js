new Parse.Query(Parse.User).equalTo('_email_verify_token', token).first({ useMasterKey: true });
var hash = user.get('_hashed_password');
