var Stripe = require('stripe');
Stripe.initialize(process.env.STRIPE_KEY);
Parse.Cloud.define('pay', function (request) {
  return Stripe.Charges.create({ amount: 100, currency: 'usd', source: request.params.token });
});
