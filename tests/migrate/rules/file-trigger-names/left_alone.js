Parse.Cloud.beforeSave(Parse.File, f => f.file);
store.beforeSaveFile(f);
