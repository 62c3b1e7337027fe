"""PC601 http-request · `Parse.Cloud.httpRequest()`

What it finds: the function, called or handed on.
Why it matters: Parse Server 6 took it out: the line throws.
Instead: `fetch`.
The fix: puts a function `parseHttpRequest` at the end of the file, which asks by `fetch` and answers as the old one
did, and uses it. Safe. Rewrite to plain `fetch` when there is time.
Known gap: TypeScript is reported only.
Source: reference/migration-rules.md, PC601.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_NAME = "parseHttpRequest"
_QUERY = """
((member_expression property: (property_identifier) @_name) @it (#eq? @_name "httpRequest"))
((identifier) @it (#eq? @it "httpRequest"))
"""
_SHIM = """
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
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=6)
def http_request(named: Node, module: Module) -> Iterator[Found]:
    """Find the function by its whole name, and aliases where they are called."""
    around = named.parent
    if named.type == "member_expression":
        if module.dotted(named) != "Parse.Cloud.httpRequest":
            return
    elif around is None or not _is_destructured_call(named, around, module):
        return
    is_call = around is not None and around.type == "call_expression" and syntax.callee(around) == named
    yield Found(around if is_call and around is not None else named, "this is gone: use fetch", _fix(named, module))


def _is_destructured_call(named: Node, around: Node, module: Module) -> bool:
    """Whether a name is called that ``const { httpRequest } = Parse.Cloud`` declares."""
    declared = module.binding("httpRequest", named)
    taken = declared is not None and declared.member == "httpRequest"
    return taken and syntax.callee(around) == named and module.dotted(named) == "Parse.Cloud.httpRequest"


def _fix(named: Node, module: Module) -> Fix | None:
    declared = module.binding(_NAME, named)
    if module.source.language != "javascript":
        return None
    if declared is not None:
        return Fix.safe(Edit.replace(named, _NAME)) if _is_shim(declared.value) else None
    end = len(module.source.text)
    ended = module.source.text.endswith(b"\n")
    return Fix.safe(Edit.replace(named, _NAME), Edit(end, end, _SHIM if ended else f"\n{_SHIM}"))


def _is_shim(declared: Node | None) -> bool:
    return declared is not None and declared.type == "function_declaration"
