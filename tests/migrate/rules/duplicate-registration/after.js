Parse.Cloud.define('a', f2);
