var Stripe = require('stripe');
var stripeClient = new Stripe(process.env.STRIPE_KEY);
Parse.Cloud.define('pay', function (request) {
  return stripeClient.charges.create({ amount: 100, currency: 'usd', source: request.params.token });
});
