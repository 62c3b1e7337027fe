"""Results and errors → status, headers, body.

Rules: reference/rest-core.md, sections 4 and 5.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import msgspec
import orjson

from parsonage.commands.cloud import FunctionResult
from parsonage.commands.objects import Created
from parsonage.commands.rest import Result, body_of, location_of
from parsonage.options.model import Network
from parsonage.protocol.errors import ParseError, RouteUnknown, ScriptFailed, Unauthorized

_JSON = (b"content-type", b"application/json; charset=utf-8")
_HTML = (b"content-type", b"text/html; charset=utf-8")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>{}</pre>
</body>
</html>
"""
EXPLANATION = "X-Parsonage-Explanation"

Headers = list[tuple[bytes, bytes]]


class Reply(msgspec.Struct, frozen=True):
    """An answer as the web server sends it."""

    status: int
    headers: Headers
    body: bytes


class StreamedReply(msgspec.Struct, frozen=True):
    """An answer whose body comes in pieces, ``length`` bytes in all; whoever sends it calls ``close`` at the end."""

    status: int
    headers: Headers
    length: int
    pieces: AsyncIterator[bytes]
    close: Callable[[], None]


class Cors:
    """The cross-origin headers that every answer carries."""

    def __init__(self, network: Network, *, development: bool) -> None:
        allowed = [
            "X-Parse-Master-Key",
            "X-Parse-REST-API-Key",
            "X-Parse-Javascript-Key",
            "X-Parse-Application-Id",
            "X-Parse-Client-Version",
            "X-Parse-Session-Token",
            "X-Requested-With",
            "X-Parse-Revocable-Session",
            "X-Parse-Request-Id",
            "Content-Type",
            "Pragma",
            "Cache-Control",
            *network.allow_headers,
        ]
        exposed = ["X-Parse-Job-Status-Id", "X-Parse-Push-Status-Id", *([EXPLANATION] if development else [])]
        rest: Headers = [
            (b"access-control-allow-methods", b"GET,PUT,POST,DELETE,OPTIONS"),
            (b"access-control-allow-headers", ", ".join(allowed).encode("latin-1")),
            (b"access-control-expose-headers", ", ".join(exposed).encode("latin-1")),
        ]
        self._by_origin: dict[str, Headers] = {
            origin: [(b"access-control-allow-origin", origin.encode("latin-1")), *rest]
            for origin in network.allow_origin
        }
        self._otherwise = self._by_origin[network.allow_origin[0]]

    def headers(self, origin: str | None) -> Headers:
        """The headers for a request from this origin."""
        return self._otherwise if origin is None else self._by_origin.get(origin, self._otherwise)


def reply(result: Result, mount: str, cors: Headers) -> Reply:
    """The reply to a command that was carried out.

    Raises ScriptFailed (141) for what a function returned and JSON can't hold: text that is no Unicode, or
    what is nested deeper than the encoder goes.
    """
    headers = [_JSON, *cors]
    if isinstance(result, Created):
        location = location_of(result, mount)
        if location is not None:
            headers.append((b"location", _header(location)))
    else:
        headers.extend(custom(result.headers))
    try:
        return Reply(result.status, headers, orjson.dumps(body_of(result)))
    except orjson.JSONEncodeError as error:
        if isinstance(result, FunctionResult):
            raise ScriptFailed(f"the result can't be sent: {error}") from None
        raise


def custom(headers: Mapping[str, str]) -> Headers:
    """Headers that an answer or a handler wants, with nothing in them that ends a line."""
    return [(name.encode("latin-1"), _header(value)) for name, value in headers.items()]


def with_header(answer: Reply, name: bytes, value: bytes) -> Reply:
    """The same answer with one header more."""
    return Reply(answer.status, [*answer.headers, (name, value)], answer.body)


_NO_CACHE = re.compile(r"(?:^|,)\s*no-cache\s*(?:,|$)", re.IGNORECASE)


def tagged(answer: Reply, known: str | None, cache_control: str | None) -> Reply:
    """The answer to a GET under its entity tag; 304 without a body where the client knows that tag.

    ``known`` and ``cache_control`` are the request's headers If-None-Match and Cache-Control. The tag is the one
    that Parse Server gives the same body: its length and the beginning of its SHA-1.
    """
    digest = base64.b64encode(hashlib.sha1(answer.body, usedforsecurity=False).digest())[:27]
    tag = b'W/"%x-%b"' % (len(answer.body), digest)
    if known is not None and not (cache_control and _NO_CACHE.search(cache_control)):
        tags = [given.strip().removeprefix("W/") for given in known.split(",")]
        if "*" in tags or tag.decode().removeprefix("W/") in tags:
            return Reply(304, [*(header for header in answer.headers if header != _JSON), (b"etag", tag)], b"")
    return with_header(answer, b"etag", tag)


def _header(text: str) -> bytes:
    """A header's value: UTF-8, and nothing that ends the line (advisory 108)."""
    return text.replace("\r", " ").replace("\n", " ").encode()


def refusal(error: ParseError, cors: Headers, *, sanitized: bool) -> Reply:
    """The reply to a command that was refused."""
    if isinstance(error, RouteUnknown):
        page = _PAGE.format(html.escape(error.message))
        return Reply(404, [_HTML, *cors], page.encode())
    # Parse Server names no content type where it knows nobody to speak to.
    headers = [*cors] if type(error) is Unauthorized else [_JSON, *cors]
    if error.explanation is not None:
        headers.append((EXPLANATION.lower().encode(), _header(error.explanation)))
    return Reply(error.http_status, headers, orjson.dumps(error.body(sanitized=sanitized)))


def crash(cors: Headers) -> Reply:
    """The reply to what should not have happened; the reason stands in the log."""
    return Reply(500, [_JSON, *cors], b'{"code":1,"message":"Internal server error."}')


def plain(status: int, body: Mapping[str, Any], cors: Headers) -> Reply:
    """A small JSON reply."""
    return Reply(status, [_JSON, *cors], orjson.dumps(body))


def text(status: int, content: str, cors: Headers) -> Reply:
    """A small reply in text."""
    return Reply(status, [_TEXT, *cors], content.encode())
