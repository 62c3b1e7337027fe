"""Password hashing in threads of its own, so that a log-in never delays another request.

Rules: reference/users-sessions.md, section 1; reference/storage-postgres.md, section 7.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
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
them. At this difference a hash still gets a quarter of a core that is busy with requests.
"""

Result = TypeVar("Result")

_DUMMY = b"$2b$10$CwTycUXWue0Thq9StjUM0uJ8Q3ST2vq3u6sOeW7Jlv0CqHkZxJmT6"


class PasswordHasher:
    """bcrypt with the cost that Parse Server uses. It releases the interpreter while it works."""

    def __init__(self, *, threads: int = 2, cost: int = 10) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt", initializer=_step_back)
        self._cost = cost
        self._waiting = 0

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
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let the threads go."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _step_back() -> None:
    """Lower the priority of the thread that runs this."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with contextlib.suppress(OSError):  # a sandbox may forbid it
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + STEPS_BACK)
