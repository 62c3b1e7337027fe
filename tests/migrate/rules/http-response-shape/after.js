Parse.Cloud.define('post', function (request) {
  return fetch(request.params.url, { method: 'POST', body: new URLSearchParams({ a: 1 }) });
});
Parse.Cloud.define('search', async function (request) {
  const answer = await fetch(request.params.url + '?' + new URLSearchParams({ q: 1 }));
  return answer.json();
});
