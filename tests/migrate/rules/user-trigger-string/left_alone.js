Parse.Cloud.beforeSave('Users', check);
Parse.Cloud.define('User', f);
