var document = new Parse.Object('Document');
document.save(null, { useMasterKey: true }).catch(log);
function width() {
  return typeof window === 'undefined' ? 80 : window.innerWidth;
}
var $ = require('cheerio').load('<p></p>');
$('p').text();
