Parse.Cloud.define('wait', function () {
  return new Promise(function (resolve) { setTimeout(resolve, 10); });
});
