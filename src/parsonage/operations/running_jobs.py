"""The jobs that run in this process."""

from __future__ import annotations

import asyncio
from typing import Any


class RunningJobs:
    """The jobs that run in this process; they are let finish for a while when it stops."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Hold on to a running job until it ends."""
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self, seconds: float) -> None:
        """Wait for running jobs, then cancel what is left: their status says that they failed."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
