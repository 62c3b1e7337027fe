Parse.Cloud.afterSave('_Session', audit);
