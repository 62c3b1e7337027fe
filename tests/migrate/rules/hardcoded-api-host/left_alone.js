var url = 'https://api.example.com/1/push';
