"""Reading a body: its size, JSON whatever the content type says, forms, and ``_method``.

Rules: reference/rest-core.md, sections 2 and 3.3.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import orjson

from parsonage.http.asgi import Receive
from parsonage.protocol.errors import BodyTooLarge, MalformedBody


class ClientGone(Exception):
    """The client hung up before its request had arrived."""


async def read_body(receive: Receive, declared: str | None, limit: int) -> bytes:
    """The whole body. Raises BodyTooLarge (413) as soon as it is known to be over ``limit`` bytes."""
    if declared is not None and declared.isdigit() and int(declared) > limit:
        raise BodyTooLarge
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > limit:
            raise BodyTooLarge
        return body
    parts = [body]
    size = len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise BodyTooLarge
        parts.append(part)
    return b"".join(parts)


def parse_body(content: bytes, content_type: str) -> Any:
    """The body as JSON; a form as a map of texts; nothing as an empty map. Raises MalformedBody (400)."""
    if not content:
        return {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        try:
            return dict(parse_qsl(content.decode(), keep_blank_values=True))
        except UnicodeDecodeError as error:
            raise MalformedBody(str(error)) from None
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        body = _read_leniently(content, error)
    if not isinstance(body, (dict, list)):
        raise MalformedBody("Unexpected token in JSON: the body must be an object or an array")
    return body


_SURROGATES = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<alone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\."
)


def _read_leniently(content: bytes, error: orjson.JSONDecodeError) -> Any:
    """JSON as JavaScript reads it, where orjson does not.

    Half of an emoji, which apps cut in two, and bytes that are no UTF-8 become replacement characters, and a
    byte order mark is passed over. Raises MalformedBody (400) for what is no JSON all the same.
    """
    text = content.decode("utf-8-sig", "replace")
    repaired = _SURROGATES.sub(lambda found: "\\ufffd" if found["alone"] else found[0], text)
    try:
        return orjson.loads(repaired)
    except orjson.JSONDecodeError:
        raise MalformedBody(f"{error}") from None


def effective_method(method: str, body: Any) -> str:
    """The method after ``_method`` of a POST; it is taken out of the body, and so is ``_noBody``."""
    if isinstance(body, dict):
        body.pop("_noBody", None)
        if method == "POST" and "_method" in body:
            override = body["_method"]
            if override != "":
                del body["_method"]
            if override and isinstance(override, str):
                return override.upper()
    return method
