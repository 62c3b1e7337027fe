Parse.Cloud.define('weather', function (request) {
  return parseHttpRequest({ url: request.params.url }).then(function (answer) {
    return answer.data;
  });
});

// Asks as Parse.Cloud.httpRequest did, and answers as it did: status, headers, cookies, buffer, text and data.
// What is no success (status 200 to 399) rejects with the same answer.
function parseHttpRequest(options) {
  var address = new URL(options.url);
  var params = options.params || {};
  if (typeof params === 'string') {
    address.search = params;
  } else {
    Object.keys(params).forEach(function (name) {
      address.searchParams.append(name, params[name]);
    });
  }
  var method = (options.method || 'GET').toUpperCase();
  var headers = Object.assign({}, options.headers);
  var body = method === 'GET' || method === 'HEAD' ? undefined : options.body;
  if (body && typeof body === 'object' && !Buffer.isBuffer(body)) {
    var typed = Object.keys(headers).find(function (name) {
      return name.toLowerCase() === 'content-type';
    });
    var json = typed && String(headers[typed]).indexOf('json') >= 0;
    body = json ? JSON.stringify(body) : new URLSearchParams(body);
  }
  var redirect = options.followRedirects ? 'follow' : 'manual';
  return fetch(address, { method: method, headers: headers, body: body, redirect: redirect }).then(function (answer) {
    return answer.arrayBuffer().then(function (bytes) {
      var buffer = Buffer.from(bytes);
      var result = { status: answer.status, headers: Object.fromEntries(answer.headers), buffer: buffer, cookies: {} };
      result.text = buffer.toString('utf8');
      answer.headers.getSetCookie().forEach(function (cookie) {
        var parts = cookie.split(';')[0].split('=');
        var name = parts.shift().trim();
        result.cookies[name] = { name: name, value: parts.join('=') };
      });
      if ((answer.headers.get('content-type') || '').indexOf('x-www-form-urlencoded') >= 0) {
        result.data = Object.fromEntries(new URLSearchParams(result.text));
      } else {
        try {
          result.data = JSON.parse(result.text);
        } catch (error) {
          result.data = undefined;
        }
      }
      if (answer.status < 200 || answer.status >= 400) {
        throw result;
      }
      return result;
    });
  });
}
