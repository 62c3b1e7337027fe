var options = {
  push: {
    android: { senderId: '123', apiKey: process.env.GCM_KEY },
    ios: { pfx: '/keys/push.p12', production: true }
  }
};
installation.set('GCMSenderId', '123');
var query = { pushType: 'gcm' };
