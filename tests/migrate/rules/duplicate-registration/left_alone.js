Parse.Cloud.define('a', f1);
Parse.Cloud.job('a', f2);
Parse.Cloud.beforeSave('a', f2);
