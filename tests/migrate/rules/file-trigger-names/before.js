Parse.Cloud.beforeSaveFile(f => f.file);
