var url = 'https://api.parse.com/1/push';
