var session = require('cookie-session');
