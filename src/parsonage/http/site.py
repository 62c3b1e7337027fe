"""The app's own pages: what is not under the mount goes to the Express server that hosted JavaScript made.

It listens on a socket in a folder of its own, which nobody else on the machine can enter. Bodies travel piece by
piece in both directions, and each request has a connection of its own, which ends with it.

Rules: reference/migration-rules.md, PC701.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import cast

import httptools

from parsonage.http.asgi import RawHeaders, Receive, Scope, Send

log = logging.getLogger("parsonage.http")

_PIECE = 64 * 1024

_OF_ONE_CONNECTION = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect"}
)
"""Headers that are between two neighbours and go no further (RFC 9110, section 7.6.1)."""


class SiteGone(Exception):
    """The app's server gave no answer: it is not there, or ended before it had answered."""


class _Answer:
    """What the app's server has answered so far, as the parser tells of it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: RawHeaders = []
        self.has_head = False
        self.is_whole = False
        self.pieces: list[bytes] = []
        self.parser = httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() not in _OF_ONE_CONNECTION:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()
        self.has_head = True

    def on_body(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        self.is_whole = True


async def forward(socket: str, scope: Scope, receive: Receive, send: Send, address: str) -> None:
    """Let the app's server answer a request of the client at this address. Raises SiteGone before anything is sent."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError as error:
        raise SiteGone from error
    asking = asyncio.ensure_future(_ask(writer, scope, receive, address))
    answer = _Answer()
    try:
        while not answer.is_whole:
            piece = await reader.read(_PIECE)
            if not piece:
                break
            had_head = answer.has_head
            answer.parser.feed_data(piece)
            if answer.has_head and not had_head:
                await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            for part in answer.pieces:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            answer.pieces.clear()
    except (OSError, httptools.HttpParserError) as error:
        if not answer.has_head:
            raise SiteGone from error
        log.error("an answer of the app's server broke off: %s", error)
        return
    finally:
        asking.cancel()
        writer.close()
    if not answer.has_head:
        raise SiteGone
    await send({"type": "http.response.body", "body": b""})


async def _ask(writer: asyncio.StreamWriter, scope: Scope, receive: Receive, address: str) -> None:
    """Hand the request on, and hang up when its client does."""
    given = cast("RawHeaders", scope["headers"])
    is_chunked = any(name == b"transfer-encoding" for name, _ in given)
    with contextlib.suppress(OSError):
        writer.write(_head(scope, given, address, is_chunked=is_chunked))
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                writer.close()
                return
            body: bytes = message.get("body", b"")
            if body:
                writer.write(b"%x\r\n%b\r\n" % (len(body), body) if is_chunked else body)
            if is_chunked and not message.get("more_body"):
                writer.write(b"0\r\n\r\n")
                is_chunked = False
            await writer.drain()


def _head(scope: Scope, given: RawHeaders, address: str, *, is_chunked: bool) -> bytes:
    query: bytes = scope["query_string"]
    target: bytes = scope["raw_path"] + (b"?" + query if query else b"")
    method: str = scope["method"]
    lines = [b"%b %b HTTP/1.1" % (method.encode("ascii"), target)]
    lines += [
        b"%b: %b" % (name, value)
        for name, value in given
        if name not in _OF_ONE_CONNECTION and name not in (b"x-forwarded-for", b"x-forwarded-proto")
    ]
    lines.append(b"x-forwarded-for: " + address.encode("latin-1"))
    scheme: str = scope.get("scheme", "http")
    lines.append(b"x-forwarded-proto: " + scheme.encode("ascii"))
    if is_chunked:
        lines.append(b"transfer-encoding: chunked")
    lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"
