Parse.Cloud.define('try', function (request) {
  return save(request).catch(function (problem) {
    if (problem.code === Parse.Error.OBJECT_NOT_FOUND) return null;
    if (problem.code === Parse.Error.OPERATION_FORBIDDEN) return retry(request);
    throw problem;
  });
});
