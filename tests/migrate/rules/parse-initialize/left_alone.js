var a = 1; Stripe.initialize('key');
