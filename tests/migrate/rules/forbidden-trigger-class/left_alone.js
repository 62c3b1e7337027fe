Parse.Cloud.afterSave('_PushStatus', audit);
Parse.Cloud.afterSave('Session2', audit);
