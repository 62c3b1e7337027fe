"""Error answers → the classes that the server raised, so that a client can catch them by name.

Rules: reference/rest-core.md, section 5; reference/errors.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parsonage.protocol import errors
from parsonage.protocol.errors import (
    BodyTooLarge,
    MalformedBody,
    NeedsMasterKey,
    ParseError,
    Refused,
    RouteUnknown,
    Unauthorized,
)

_REFUSALS: dict[int, type[Refused]] = {
    400: MalformedBody,
    403: Unauthorized,
    404: RouteUnknown,
    413: BodyTooLarge,
}

_BY_CODE: dict[int, type[ParseError]] = {}
for _error in vars(errors).values():
    if isinstance(_error, type) and issubclass(_error, ParseError) and "code" in vars(_error):
        # Two classes have code 101: the first one in the module, ObjectNotFound, is meant by it.
        _BY_CODE.setdefault(_error.code, _error)


def error_of(body: Mapping[str, Any], status: int = 400) -> ParseError:
    """The error that an answer tells of; ``status`` is its HTTP status, where it has one of its own."""
    code = body.get("code")
    text = str(body.get("error") or body.get("message") or "")
    if not isinstance(code, int):
        return _refusal(text, status)
    kind = _BY_CODE.get(code, ParseError)
    if kind is ParseError:
        return ParseError(code, text)
    error = kind()
    error.message = error.detail = text
    error.args = (text,)
    return error


def _refusal(text: str, status: int) -> Refused:
    if status == 403 and text != Unauthorized.message:
        return NeedsMasterKey()
    return _REFUSALS.get(status, Refused)(text or None)
