Parse.Cloud.define('f', function (req, res) {
  if (req.params.bad) {
    res.error('bad');
    return;
  }
  if (req.params.worse) {
    res.error('worse');
  } else {
    res.success(1);
  }
});
