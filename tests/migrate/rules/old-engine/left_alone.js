var total, { count } = require('./counts'), zero = 0, octal = 0o755;
function sum(list, { from, to = 3 }, [first]) {
  from = 1; to = 2; first = 3; total = 4; count = 5; later = 6;
  for (var i = 0; i < list.length; i++) total += list[i];
  for (const key in list) total += key;
  var later;
  module.exports = total;
  Parse = global.Parse;
}
class Late {}
Late = null;
function given(value) { value = 1; return value; }
