new Parse.Query(Parse.User).equalTo('emailVerified', true).first({ useMasterKey: true });
console.log('_session_token');
user.get('username');
var table = ['_hashed_password'];
