Parse.Cloud.define('hello', function () { return 'hi'; });
