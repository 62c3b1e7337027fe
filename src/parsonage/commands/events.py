"""Commands on what a server hears and tells beside its objects: events of apps, and its own log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class TrackEvent(msgspec.Struct, frozen=True):
    """Hand an event of an app to whoever counts them; the parameters are as they were sent."""

    name: str
    parameters: Mapping[str, Any] = {}


class ReadLog(msgspec.Struct, frozen=True):
    """Read the last lines of the server's log; every part is as it was sent, any JSON."""

    level: Any = None
    since: Any = None
    until: Any = None
    size: Any = None
    order: Any = None
