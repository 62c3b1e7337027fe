var own = require('./parse-express-cookie-session');
var name = 'parse-express-https-redirect';
load('parse-express-https-redirect');
