Parse.Cloud.beforeSave(Parse.User, check);
