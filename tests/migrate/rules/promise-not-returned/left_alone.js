Parse.Cloud.define('n', function () {
  return new Parse.Query('N').count().then(function (n) { return n; });
});

Parse.Cloud.define('m', async function () {
  const n = await new Parse.Query('N').count();
  console.log(n);
});

Parse.Cloud.define('old', function (request, response) {
  new Parse.Query('N').count().then(function (n) { response.success(n); });
});
