"""Reading connections: one on the event loop's own thread under a step budget, a few in threads for the rest.

A short read on the loop costs a few microseconds, a hop to a thread and back a hundred. So each is begun
on the loop; one that runs past the budget is interrupted and run again in a thread, and its kind goes
there at once for a while.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, TypeVar

import apsw

from parsonage.protocol.errors import ConnectionFailed
from parsonage.storage.found import Row
from parsonage.storage.sqlite.connect import NEVER, translated, watched

T = TypeVar("T")

_SECONDS_OFF_THE_LOOP = 10.0
"""How long a statement that ran past the budget goes to a thread at once."""


class Readers:
    """All reading connections of one storage. ``connect`` opens another one."""

    def __init__(
        self, connect: Callable[[], apsw.Connection], *, loop_seconds: float, longest_seconds: float, threads: int
    ) -> None:
        self._connect = connect
        self._loop_seconds = loop_seconds
        self._longest_seconds = longest_seconds
        self.on_loop = connect()
        self._deadline = watched(self.on_loop)
        self._cursor = self.on_loop.cursor()
        self._slow: dict[str, float] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sqlite-reader")
        self._local = threading.local()
        self._opened: list[apsw.Connection] = []

    async def rows(self, statement: str, parameters: Sequence[Any], *, slow: bool = False) -> list[Row]:
        """The rows of a query. ``slow`` ones go to a thread at once.

        Raises ConnectionFailed (100) after the time limit, or what a client's expression raised.
        """
        if not slow and not (self._slow and self._is_slow(statement)):
            self._deadline.looks = 0
            self._deadline.at = perf_counter() + self._loop_seconds
            try:
                return self._cursor.execute(statement, parameters).fetchall()
            except apsw.InterruptError:
                self._remember(statement)
            except apsw.BusyError:
                pass  # the loop doesn't wait for a lock
            except apsw.Error as error:
                raise translated(error) from error
            finally:
                self._deadline.at = NEVER
        return await self.in_thread(lambda connection: connection.execute(statement, parameters).fetchall())

    async def in_thread(self, read: Callable[[apsw.Connection], T]) -> T:
        """Run something on a reading connection of its own, off the loop, under the time limit."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, read)

    def close(self) -> None:
        """Interrupt what runs and close every connection."""
        for connection in self._opened:
            connection.interrupt()
        self._pool.shutdown()
        for connection in (*self._opened, self.on_loop):
            connection.close()

    def _is_slow(self, statement: str) -> bool:
        until = self._slow.get(statement)
        if until is None:
            return False
        if until > perf_counter():
            return True
        del self._slow[statement]
        return False

    def _remember(self, statement: str) -> None:
        if len(self._slow) > 500:
            self._slow.clear()
        self._slow[statement] = perf_counter() + _SECONDS_OFF_THE_LOOP

    def _read(self, read: Callable[[apsw.Connection], T]) -> T:
        local = self._local
        try:
            if not hasattr(local, "connection"):
                local.connection = self._connect()
                local.deadline = watched(local.connection)
                self._opened.append(local.connection)
            local.deadline.at = perf_counter() + self._longest_seconds
            return read(local.connection)
        except apsw.InterruptError:
            raise ConnectionFailed(f"The query took longer than {self._longest_seconds:g} seconds.") from None
        except apsw.Error as error:
            raise translated(error) from error
