var stripe = require('stripe')(process.env.STRIPE_KEY);
stripe.charges.create({ amount: 100 });
var Payments = require('./stripe');
Payments.initialize(process.env.KEY);
Payments.Charges.create({});
