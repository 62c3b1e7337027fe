"""Password hashing in threads of its own, so that a log-in never delays another request.

Rules: reference/users-sessions.md, section 1; reference/storage-postgres.md, section 7.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt

from parsonage.policies.passwords import BCRYPT_BYTES
from parsonage.protocol.errors import ConnectionFailed

WAITING_AT_MOST = 512
"""Hashes that may be waiting; beyond that a request is refused instead of piling up."""

STEPS_BACK = 5
"""How much lower the threads' priority is than the event loop's, on Linux, where a thread has one of its own.

A hash takes as much processor time as some hundred gets: while many log in, others must not stand behind
them. At this difference a hash still gets a quarter of a core that is busy with requests. With the policy
SCHED_IDLE gets wait less still, but a hash gets a 300th of a busy core: nobody could log in.
"""

BUSY = 0.25
"""The share of a core from which on the event loop counts as busy."""

_LOOKED_AT = 0.05
"""Seconds over which that share is taken at least."""

Result = TypeVar("Result")

_DUMMY = b"$2b$10$CwTycUXWue0Thq9StjUM0uJ8Q3ST2vq3u6sOeW7Jlv0CqHkZxJmT6"


class PasswordHasher:
    """bcrypt with the cost that Parse Server uses. It releases the interpreter while it works.

    Two threads hash at once. Where they would leave the event loop no core of its own, they take turns while it is
    busy: on two cores the slowest gets beside twenty log-ins then wait a third less.
    """

    def __init__(self, *, threads: int = 2, cost: int = 10, cores: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt", initializer=_step_back)
        self._cost = cost
        self._waiting = 0
        self._is_tight = threads >= (cores or _cores())
        self._loop: ThreadLoad | None = None
        self._turn = threading.Lock()

    async def hash(self, password: str) -> str:
        """The hash to be stored. Raises ConnectionFailed (100) when too many are waiting."""
        content = password.encode()[:BCRYPT_BYTES]
        return (await self._run(lambda: bcrypt.hashpw(content, bcrypt.gensalt(self._cost)))).decode()

    async def check(self, password: str, hashed: str | None) -> bool:
        """Whether the password belongs to the hash; takes as long where there is none (GHSA-w54v-hf9p-8856)."""
        content = password.encode()[:BCRYPT_BYTES]
        stored = hashed.encode() if hashed else _DUMMY
        try:
            fits = await self._run(lambda: bcrypt.checkpw(content, stored))
        except ValueError:
            return False
        return fits and hashed is not None

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= WAITING_AT_MOST:
            raise ConnectionFailed("Too many log-ins at once, please try again.")
        if self._loop is None:
            self._loop = ThreadLoad()
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._beside, self._loop, work)
        finally:
            self._waiting -= 1

    def _beside(self, loop: ThreadLoad, work: Callable[[], Result]) -> Result:
        """Do the work at once, or in turn where the event loop needs a core."""
        with self._turn if self._is_tight and loop.share() >= BUSY else contextlib.nullcontext():
            return work()

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class ThreadLoad:
    """How busy the thread is that makes this, to be asked by others."""

    __slots__ = ("_clock", "_seen", "_share")

    def __init__(self) -> None:
        self._clock = time.pthread_getcpuclockid(threading.get_ident()) if sys.platform == "linux" else None
        self._seen = self._now()
        self._share = 0.0

    def share(self) -> float:
        """The share of a core that it took since somebody asked last; 0 where threads have no clock of their own."""
        (then, taken), now = self._seen, self._now()
        if now[0] - then >= _LOOKED_AT:
            self._seen, self._share = now, (now[1] - taken) / (now[0] - then)
        return self._share

    def _now(self) -> tuple[float, float]:
        """The time, and the processor time of the thread so far, in seconds."""
        taken = time.clock_gettime(self._clock) if sys.platform == "linux" and self._clock is not None else 0.0
        return time.monotonic(), taken


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _step_back() -> None:
    """Lower the priority of the thread that runs this."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with contextlib.suppress(OSError):  # a sandbox may forbid it
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + STEPS_BACK)
