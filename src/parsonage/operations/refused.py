"""The last request that a server in development refused, kept for ``parsonage explain --last``.

One file holds one request: the next refusal takes its place. What proves who somebody is never gets there: of a caller
only its user id is kept, and passwords, tokens, codes and sign-in data are masked.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from parsonage.commands.caller import Caller
from parsonage.commands.rest import RestRequest
from parsonage.operations.explained_request import Who
from parsonage.protocol.errors import InvalidSessionToken, ParseError

log = logging.getLogger("parsonage.refusals")

FILE = Path(".parsonage", "refused.json")
"""Where it is, seen from the folder in which the server is started."""

MASKED = "…"
LARGEST_BODY = 100_000
"""Bytes of JSON; a larger body is left out."""

_SECRET_KEY = re.compile(r"password|token|secret|authdata|recovery|base64|key$", re.IGNORECASE)
_SECRET_TEXT = re.compile(r"\br:[0-9a-f]{32}\b")


class RefusedRequest(msgspec.Struct, frozen=True, rename="camel"):
    """A request, whom it was sent as, and what it was answered. ``at`` is in milliseconds since 1970 UTC."""

    at: int
    method: str
    path: str
    """Without the mount."""
    query: dict[str, str]
    body: Any
    who: Who
    status: int
    code: int
    error: str
    explanation: str
    body_is_left_out: bool = False
    session_is_left_out: bool = False
    """It was sent with a session that does not go on, and is kept as nobody's."""

    def request(self, batch_prefixes: Sequence[str]) -> RestRequest:
        """The request, as far as it was kept, for a server whose items of a batch begin with one of these."""
        return RestRequest(self.method, self.path, self.query, self.body, batch_prefixes)


def refused_request(at: int, request: RestRequest, caller: Caller | None, error: ParseError) -> RefusedRequest:
    """What is kept of a refusal. ``caller`` is ``None`` where nobody knows who it was."""
    body = _masked(request.body)
    is_too_large = len(msgspec.json.encode(body)) > LARGEST_BODY
    return RefusedRequest(
        at=at,
        method=request.method,
        path=request.path,
        query={name: _masked_text(name, text) for name, text in request.query.items()},
        body=None if is_too_large else body,
        who=_who(caller),
        status=error.http_status,
        code=int(error.code),
        error=error.message,
        explanation=_SECRET_TEXT.sub(MASKED, error.explanation or error.detail),
        body_is_left_out=is_too_large,
        session_is_left_out=caller is None and isinstance(error, InvalidSessionToken),
    )


def _who(caller: Caller | None) -> Who:
    if caller is None:
        return Who()
    if caller.is_maintenance:
        return Who(key="maintenance")
    if caller.is_master:
        return Who(key="read-only" if caller.is_read_only else "master")
    return Who(user=caller.user_id)


def _masked(value: Any, key: str = "") -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case _ if _SECRET_KEY.search(key):
            return MASKED
        case str():
            return _SECRET_TEXT.sub(MASKED, value)
        case Mapping():
            return {str(name): _masked(part, str(name)) for name, part in value.items()}
        case list() | tuple():
            return [_masked(part) for part in value]
    return str(value)


def _masked_text(name: str, text: str) -> str:
    """A value of the query string: it may be JSON, such as a condition that names a password."""
    if _SECRET_KEY.search(name):
        return MASKED
    try:
        json = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return _SECRET_TEXT.sub(MASKED, text)
    return msgspec.json.encode(_masked(json)).decode() if isinstance(json, (dict, list)) else text


def keep(refused: RefusedRequest, file: Path = FILE) -> None:
    """Put it in the place of the one before; its owner alone may read it. Where it can't be kept the log says so."""
    try:
        file.parent.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with os.fdopen(descriptor, "wb") as written:
                written.write(msgspec.json.encode(refused))
            Path(name).replace(file)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as problem:
        log.warning("the refused request is not kept for parsonage explain --last: %s", problem)


def last(file: Path = FILE) -> RefusedRequest | None:
    """The last one; ``None`` where none was kept, or by another version."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=RefusedRequest)
    except (OSError, msgspec.DecodeError):
        return None
