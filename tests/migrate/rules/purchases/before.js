var Product = Parse.Object.extend('_Product');
fetch('https://api.example.com/parse/validate_purchase', { method: 'POST' });
