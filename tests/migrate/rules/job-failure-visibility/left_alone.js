Parse.Cloud.job('tidy', function (request) {
  return tidy().catch(function (error) { console.log(error); throw error; });
});
Parse.Cloud.job('count', function (request) {
  return count().catch(error => tell(error));
});
Parse.Cloud.define('hello', function (request, response) {
  hello().catch(error => console.log(error));
  response.error('no');
});
