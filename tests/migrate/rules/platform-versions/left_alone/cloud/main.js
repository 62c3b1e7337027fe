Parse.Cloud.define('hello', function () { return 'node:8'; });
