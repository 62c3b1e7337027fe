"""Telling of finds that named no limit and were answered up to the default one.

Apps that came from hosted Parse lose rows this way and never hear of it; the log is the only place that knows.
"""

from __future__ import annotations

import logging
from time import monotonic

log = logging.getLogger("parsonage.requests")

_SECONDS_BETWEEN_LINES = 60.0


class CutFinds:
    """Remembers of which classes was told, so that a busy class writes a line a minute and no more."""

    __slots__ = ("_silent_until",)

    def __init__(self) -> None:
        self._silent_until: dict[str, float] = {}

    def tell(self, class_name: str, limit: int) -> None:
        """Say that a find without a limit got as many objects of a class as the default limit lets through."""
        now = monotonic()
        if self._silent_until.get(class_name, 0.0) > now:
            return
        self._silent_until[class_name] = now + _SECONDS_BETWEEN_LINES
        log.warning(
            "a query on %s named no limit and was cut at the default of %d objects: there may be more",
            class_name,
            limit,
        )
