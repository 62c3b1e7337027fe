Parse.Cloud.define('hello', function () { return 'public/index.html'; });
