setInterval(tidy, 3600e3);
