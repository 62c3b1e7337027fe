Parse.Cloud.job('tidy', tidy);
