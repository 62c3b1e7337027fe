"""HTTP requests as bytes for the load generator, and a plain client for what is prepared before."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode


class PreparationFailed(RuntimeError):
    """A server refused what has to be there before it can be measured."""


def encode(method: str, path: str, headers: Mapping[str, str], body: object = None, **query: object) -> bytes:
    """The bytes of one request; values of the query that aren't text travel as JSON."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {with_query(path, query)} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def encode_content(method: str, path: str, headers: Mapping[str, str], content: bytes) -> bytes:
    """The bytes of a request whose body is no JSON."""
    more = {"Content-Type": "application/octet-stream", "Content-Length": str(len(content))}
    return encode(method, path, {**headers, **more}) + content


def with_query(path: str, query: Mapping[str, object]) -> str:
    """A path with its query string."""
    if not query:
        return path
    return path + "?" + urlencode({k: v if isinstance(v, str) else json.dumps(v) for k, v in query.items()})


def ask(
    port: int, method: str, path: str, headers: Mapping[str, str], body: object = None, content: bytes | None = None
) -> Any:
    """Send one request and answer with its JSON; ``content`` is sent as it is.

    Raises:
        PreparationFailed: the answer was no success.

    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        kind = "application/json" if content is None else "application/octet-stream"
        if body is not None:
            content = json.dumps(body).encode()
        connection.request(method, path, content, {**headers, "Content-Type": kind})
        response = connection.getresponse()
        text = response.read()
    finally:
        connection.close()
    if response.status >= 300:
        raise PreparationFailed(f"{method} {path}: {response.status} {text[:500].decode(errors='replace')}")
    return json.loads(text) if text else None
