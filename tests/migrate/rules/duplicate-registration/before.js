Parse.Cloud.define('a', f1);
Parse.Cloud.define('a', f2);
