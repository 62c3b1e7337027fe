Parse.Cloud.define('try', function (request) {
  return save(request).catch(function (problem) {
    if (problem.message === 'Object not found.') return null;
    if (/unauthorized/.test(problem.message)) return retry(request);
    throw problem;
  });
});
