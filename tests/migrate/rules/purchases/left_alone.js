var Product = Parse.Object.extend('Product');
var validate_purchase = function () {};
query.equalTo('_Products', 1);
