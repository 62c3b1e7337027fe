"""Turns: writes of this process to one object are carried out in the order in which they were asked for.

Two connections that write to one row take it in any order, and would wait for each other where each wants
what the other has. Here whoever comes later waits before it takes a connection; all that a write will touch
is asked for at once, so nobody ever waits in a circle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from parsonage.storage.changes import Patch, Remove, Unit

Key: TypeAlias = tuple[str, str]


class Turns:
    """Who is at which object, by class and id."""

    def __init__(self) -> None:
        self._last: dict[Key, asyncio.Future[None]] = {}

    def taken(self, units: Sequence[Unit]) -> Turn:
        """Wait until everybody who came before is done with these objects; hold them meanwhile."""
        keys = {
            (change.schema.name, change.object_id)
            for unit in units
            for change in unit.changes
            if isinstance(change, (Patch, Remove))
        }
        return Turn(self._last, keys)


class Turn:
    """One turn, held for as long as a block lasts; new objects wait for nobody and pay for nothing."""

    __slots__ = ("_keys", "_last", "_mine")

    def __init__(self, last: dict[Key, asyncio.Future[None]], keys: set[Key]) -> None:
        self._last = last
        self._keys = keys
        self._mine: asyncio.Future[None] | None = None

    async def __aenter__(self) -> None:
        if not self._keys:
            return
        before = {last for key in self._keys if (last := self._last.get(key)) is not None}
        self._mine = asyncio.get_running_loop().create_future()
        self._last.update(dict.fromkeys(self._keys, self._mine))
        if before:
            try:
                await asyncio.wait(before)
            except BaseException:
                self._end()
                raise

    async def __aexit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._mine is None:
            return
        self._mine.set_result(None)
        for key in self._keys:
            if self._last[key] is self._mine:
                del self._last[key]
