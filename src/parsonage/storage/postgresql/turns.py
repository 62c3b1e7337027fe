"""Turns: writes of this process to one object are carried out in the order in which they were asked for.

Two connections that write to one row take it in any order, and would wait for each other where each wants
what the other has. Here whoever comes later waits before it takes a connection; all that a write will touch
is asked for at once, so nobody ever waits in a circle.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from parsonage.storage.changes import Patch, Remove, Unit

Key: TypeAlias = tuple[str, str]


class Turns:
    """Who is at which object, by class and id."""

    def __init__(self) -> None:
        self._last: dict[Key, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def taken(self, units: Sequence[Unit]) -> AsyncIterator[None]:
        """Wait until everybody who came before is done with these objects; hold them meanwhile."""
        keys = {
            (change.schema.name, change.object_id)
            for unit in units
            for change in unit.changes
            if isinstance(change, (Patch, Remove))
        }
        before = {last for key in keys if (last := self._last.get(key)) is not None}
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last.update(dict.fromkeys(keys, mine))
        try:
            if before:
                await asyncio.wait(before)
            yield
        finally:
            mine.set_result(None)
            for key in keys:
                if self._last[key] is mine:
                    del self._last[key]
