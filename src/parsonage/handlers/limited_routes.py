"""Which requests the rate limit of a handler counts: those of the route that leads to it.

Rules: reference/cloud-code.md, section 2.1; reference/rest-core.md, section 8.2.
"""

from __future__ import annotations

import re
from importlib.util import find_spec

import msgspec

from parsonage.handlers.registry import CONFIG, Handler, Kind
from parsonage.options.model import RateLimit
from parsonage.protocol.route_patterns import compile_route_pattern, exact_route

_METHODS = {
    Kind.FUNCTION: (),
    Kind.BEFORE_SAVE: ("POST", "PUT"),
    Kind.BEFORE_DELETE: ("DELETE",),
    Kind.BEFORE_FIND: ("GET",),
    Kind.BEFORE_LOGIN: ("POST", "GET"),
}
"""The methods of the requests that lead to a handler; kinds that stand in no request's way have no rate limit."""

_ALIASES = {
    "_User": "/users",
    "_Role": "/roles",
    "_Session": "/sessions",
    "_Installation": "/installations",
    "@File": "/files",
}


class LimitedRoute(msgspec.Struct, frozen=True):
    """A rate limit, and the paths that it counts."""

    limit: RateLimit
    pattern: re.Pattern[str]


def check_rate_limit(kind: Kind, name: str, limit: RateLimit) -> None:
    """Raises ValueError for a rate limit that a handler of this kind can't have, or whose path is no pattern."""
    if kind not in _METHODS:
        raise ValueError(f"{kind.value} {name} can't have a rate limit: nobody asks for it")
    if limit.path:
        compile_route_pattern(limit.path)
    if limit.redis_url and find_spec("redis") is None:
        raise ValueError(f"{kind.value} {name} is to be counted in Redis: pip install 'parsonage[redis]'")


def configured_route(limit: RateLimit) -> LimitedRoute:
    """A rate limit of the options, with its own pattern."""
    return LimitedRoute(limit, compile_route_pattern(limit.path))


def route_of(handler: Handler) -> LimitedRoute:
    """The rate limit of a handler that has one; paths and methods are those of its route unless it names its own."""
    limit = handler.rate_limit
    assert limit is not None
    pattern = compile_route_pattern(limit.path) if limit.path else _pattern_of(handler)
    if not limit.methods:
        limit = msgspec.structs.replace(limit, methods=_METHODS[handler.kind])
    return LimitedRoute(limit, pattern)


def _pattern_of(handler: Handler) -> re.Pattern[str]:
    if handler.kind is Kind.FUNCTION:
        return exact_route(f"/functions/{handler.name}")
    if handler.kind is Kind.BEFORE_LOGIN:
        return exact_route("/login")
    if handler.name == CONFIG:
        return exact_route("/config")
    return exact_route(_ALIASES.get(handler.name, f"/classes/{handler.name}"), anything_below=True)
