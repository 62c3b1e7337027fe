Parse.Cloud.job('nightly', f);
