"""How many requests came in a while: counts by key, in the memory of this process."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

MOST_KEYS = 100_000
"""How many addresses, sessions or users one limit remembers; beyond that the ones that came first are forgotten."""


class Counts(Protocol):
    """Counts requests by key, in whiles of one length."""

    async def hit(self, key: str, now: int) -> int:
        """Count one more, and say how many there are in this while. ``now`` is milliseconds since 1970 UTC."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


class OwnCounts:
    """Counts in the memory of this process."""

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds
        self._whiles: OrderedDict[str, list[int]] = OrderedDict()
        """Key → end of its while, and how many came; in the order of their ends, since all are of one length."""

    async def hit(self, key: str, now: int) -> int:
        """Count one more; what is over is forgotten on the way."""
        whiles = self._whiles
        while whiles and next(iter(whiles.values()))[0] <= now:
            whiles.popitem(last=False)
        counted = whiles.get(key)
        if counted is None:
            if len(whiles) >= MOST_KEYS:
                whiles.popitem(last=False)
            counted = whiles[key] = [now + self._milliseconds, 0]
        counted[1] += 1
        return counted[1]

    async def close(self) -> None:
        """Nothing is held."""
