"""Reading rate limits as configurations and validators of Cloud Code write them.

Rules: reference/options.md, on ``rateLimit``; reference/rest-core.md, section 8.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from parsonage.options.model import TOO_MANY_REQUESTS, RateLimit, Zone
from parsonage.protocol.route_patterns import compile_route_pattern


class _Written(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One limit under Parse Server's names; ``None`` is what is not said."""

    request_count: Annotated[int, msgspec.Meta(ge=0)]
    request_time_window: Annotated[float, msgspec.Meta(gt=0)]
    request_path: str = ""
    request_methods: str | list[str] | None = None
    error_response_message: str | None = None
    include_master_key: bool | None = None
    include_internal_requests: bool | None = None
    redis_url: str | None = None
    zone: Zone | None = None


def read_rate_limit(given: Mapping[str, Any], *, of_handler: bool = False) -> RateLimit:
    """One limit. That of a handler needs no path. Raises ValueError, saying what is wrong with it."""
    try:
        written = msgspec.convert(given, _Written)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    if written.request_path:
        compile_route_pattern(written.request_path)
    elif not of_handler:
        raise ValueError("requestPath is missing")
    methods = written.request_methods or ()
    if isinstance(methods, str):
        try:
            re.compile(methods)
        except re.error as error:
            raise ValueError(f"requestMethods is no regular expression: {error}") from None
    return RateLimit(
        count=written.request_count,
        seconds=written.request_time_window / 1000,
        zone=written.zone or "ip",
        path=written.request_path,
        methods=methods if isinstance(methods, str) else tuple(methods),
        message=written.error_response_message or TOO_MANY_REQUESTS,
        include_master=bool(written.include_master_key),
        include_internal=bool(written.include_internal_requests),
        redis_url=written.redis_url or None,
    )
