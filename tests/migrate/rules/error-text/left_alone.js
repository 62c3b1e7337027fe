Parse.Cloud.define('chat', function (request) {
  if (request.params.message === 'hello') return 'hi';
  if (error.message) console.log(error.message);
  if (error.message === '') return null;
  if (/hello/.test(text.message)) return 'hi';
  try { check(); } catch (error) { if (error.message === 'no owner') return null; }
  return error.code === 101;
});
function check() { throw new Error('no owner'); }
