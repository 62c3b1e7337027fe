Parse.Cloud.define('ping', function (request) {
  return Parse.Cloud.httpRequest({ url: request.params.url, body: JSON.stringify({ a: 1 }) }).then(function (done) {
    return 'ok';
  });
});
axios.get('/').then(function (answer) { return answer.data; });
