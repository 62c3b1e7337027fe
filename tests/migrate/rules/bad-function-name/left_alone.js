Parse.Cloud.define('v2-feed', f);
Parse.Cloud.beforeSave('a b', f);
