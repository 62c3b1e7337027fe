Parse.Cloud.define('weather', function (request) {
  return Parse.Cloud.httpRequest({ url: request.params.url }).then(function (answer) {
    return answer.data;
  });
});
