Parse.Cloud.define('nightly', f);
