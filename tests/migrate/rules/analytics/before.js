Parse.Analytics.track('search', { words: '3' });
