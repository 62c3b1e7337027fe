Parse.Cloud.define('post', function (request) {
  return Parse.Cloud.httpRequest({ method: 'POST', url: request.params.url, body: { a: 1 } });
});
Parse.Cloud.define('search', async function (request) {
  const answer = await Parse.Cloud.httpRequest({ url: request.params.url, params: { q: 1 } });
  return answer.data;
});
