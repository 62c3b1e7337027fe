Parse.Cloud.define('v2.feed', f);
