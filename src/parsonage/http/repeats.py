"""Which requests are carried out once, however often they are sent.

Rules: reference/rest-core.md, section 8.1.
"""

from __future__ import annotations

import re

import msgspec

from parsonage.commands import Command
from parsonage.commands.call import Call, OnlyOnce
from parsonage.commands.cloud import CallFunction, StartJob
from parsonage.commands.objects import Create, Update
from parsonage.commands.routes import plain_route
from parsonage.http.asgi import Headers
from parsonage.options.model import Idempotency

_GUARDED = (Create, Update, CallFunction, StartJob)


class Repeats:
    """Knows the guarded routes of one app."""

    def __init__(self, options: Idempotency) -> None:
        self._patterns = tuple(re.compile(path) for path in options.paths)
        self._milliseconds = int(options.ttl * 1000)

    def guarded(self, call: Call, headers: Headers, path: str, command: Command, now: int) -> Call:
        """The call with the id of its request, where that is to be carried out once.

        ``path`` is that without the mount, ``now`` in milliseconds since 1970 UTC.
        """
        request_id = headers.find(b"x-parse-request-id")
        if not request_id or not isinstance(command, _GUARDED):
            return call
        route = plain_route(path)
        if not any(pattern.match(route) for pattern in self._patterns):
            return call
        return msgspec.structs.replace(call, only_once=OnlyOnce(request_id, now + self._milliseconds))
