Parse.Cloud.beforeSave('User', check);
