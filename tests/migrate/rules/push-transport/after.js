var options = {
  push: {
    android: { firebaseServiceAccount: '/keys/firebase.json' },
    ios: { token: { key: '/keys/push.p8', keyId: 'K', teamId: 'T' } }
  }
};
