fetch('https://buy.itunes.apple.com/verifyReceipt', { method: 'POST' });
