"""The jobs that run in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class RunningJobs:
    """The jobs that run in this process; they are let finish for a while when it stops."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._alive: set[str] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._woken = asyncio.Event()
        self.runs_schedules = False
        """Whether this process starts jobs when they are due."""

    def looked_after_by(self, keeper: asyncio.Task[None]) -> None:
        """Hold on to a task that looks after states in the database for ever, until ``stop``."""
        self._keepers.append(keeper)

    @contextmanager
    def living(self, job_id: str) -> Iterator[None]:
        """While a job runs here."""
        self._alive.add(job_id)
        try:
            yield
        finally:
            self._alive.discard(job_id)

    @property
    def alive(self) -> frozenset[str]:
        """The ids of the jobs that run here."""
        return frozenset(self._alive)

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Hold on to a running job until it ends."""
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        self.wake()  # a run may have waited for this one

    def wake(self) -> None:
        """End the ``sleep`` that goes on, or the next one: schedules must be looked at."""
        self._woken.set()

    async def sleep(self, seconds: float) -> None:
        """Wait for so long, or until somebody calls ``wake``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()

    async def ended(self) -> None:
        """Wait until every job that was started here has ended."""
        while self._running:
            await asyncio.wait(self._running)

    async def stop(self, seconds: float) -> None:
        """Wait for running jobs, then cancel what is left: their status says that they failed."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        for keeper in self._keepers:
            keeper.cancel()
        if self._keepers:
            await asyncio.wait(self._keepers)
            self._keepers.clear()
