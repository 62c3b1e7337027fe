var redirect = require('parse-express-https-redirect');
var session = require('parse-express-cookie-session');
