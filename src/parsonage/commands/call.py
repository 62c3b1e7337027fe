"""Call: what surrounds a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

DEEPEST_CALL = 10
"""How many handlers may stand inside each other; the next one is refused with 141."""


class OnlyOnce(msgspec.Struct, frozen=True):
    """The id that a client gave a request, so that it is carried out once however often it is sent."""

    request_id: str
    until: int
    """How long the id is remembered: milliseconds since 1970 UTC."""


class Call(msgspec.Struct, frozen=True):
    """Where a command comes from and what travels with it.

    ``deadline`` is on the loop's own clock, in seconds; ``None`` means there is none. ``depth`` counts the
    handlers around this call.
    """

    context: dict[str, Any] = {}
    headers: Mapping[str, str] = {}
    address: str = ""
    mount: str = ""
    """Public URL of the API, without a slash at the end: ``Location`` is built on it."""
    as_text: bool = False
    """The answer goes out as JSON text at once: nobody will look into its Object and Array fields."""
    deadline: float | None = None
    depth: int = 0
    request_id: str = ""
    """Names the client's request in the log, through all the calls that it leads to."""
    only_once: OnlyOnce | None = None
    """Set where the outermost command is guarded against being sent twice; what handlers call is not."""

    def with_context(self, context: dict[str, Any]) -> Call:
        """The same call with another context."""
        return msgspec.structs.replace(self, context=context)
