Parse.Cloud.afterLogin(audit);
