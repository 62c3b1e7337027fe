var Analytics = require('analytics-node');
Analytics.track('search');
analytics.track({ userId: '1' });
