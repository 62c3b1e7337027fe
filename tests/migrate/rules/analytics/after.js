Parse.Cloud.define('search', function () { return 'no events'; });
