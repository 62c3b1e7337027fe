fetch(url, { headers: { 'X-Parse-Session-Token': token } });
