"""The time of a request: asked for before each step that can still be left out.

Nothing that was begun is broken off for it. A write that is carried out stays whole, and what follows it has the time
of a handler of its own.

Rules: docs/explanation/handlers-and-limits.md.
"""

from __future__ import annotations

from time import monotonic

import msgspec

from parsonage.commands.call import Call
from parsonage.protocol.errors import Timeout


def check_time_left(call: Call) -> None:
    """Raises Timeout (124) once the time of the request, or of the handlers around it, is over."""
    if call.deadline is not None and monotonic() >= call.deadline:
        raise Timeout("The request took longer than it may.")


def after_the_write(call: Call) -> Call:
    """The call for what follows a write: the client's own time is over for it no more."""
    if call.deadline is None or call.depth:
        return call
    return msgspec.structs.replace(call, deadline=None)
