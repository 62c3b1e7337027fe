Parse.Cloud.define('v2_feed', f);
