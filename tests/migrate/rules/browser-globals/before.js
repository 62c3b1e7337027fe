alert('saved');
