"""The writer: one thread that takes all that is queued and commits it as one group.

Each unit is atomic alone; one commit and one wake-up of the event loop serve the whole group. Order is
kept. Whatever needs a transaction of its own, such as a schema change, waits for its turn in the same
queue.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeAlias

import apsw
import msgspec

from parsonage.protocol.errors import InternalError, ParseError
from parsonage.storage.changes import Outcome, Unit
from parsonage.storage.sqlite.acls import InternedACLs
from parsonage.storage.sqlite.connect import log, translated
from parsonage.storage.sqlite.notices import sweep
from parsonage.storage.sqlite.schema import transaction
from parsonage.storage.sqlite.tables import Tables
from parsonage.storage.sqlite.write import Units

_SECONDS_BETWEEN_SWEEPS = 600.0


class Write(msgspec.Struct, frozen=True):
    """Units whose outcomes somebody waits for."""

    units: Sequence[Unit]
    answer: asyncio.Future[list[Outcome]]


class Task(msgspec.Struct, frozen=True):
    """Something to be done in a transaction of its own; what it raises is what the waiting one gets."""

    work: Callable[[apsw.Connection, Units], None]
    answer: asyncio.Future[None]
    after_commit: Callable[[], None] | None = None


Job: TypeAlias = Write | Task
Answer: TypeAlias = "tuple[asyncio.Future[Any], Any, BaseException | None]"


class Writer:
    """The one that writes. Made and asked on the event loop's thread; works in its own."""

    def __init__(self, connection: apsw.Connection, tables: Tables, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._acls = InternedACLs(connection)
        self._units = Units(connection, tables, self._acls)
        self._loop = loop
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._swept = monotonic()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, units: Sequence[Unit]) -> asyncio.Future[list[Outcome]]:
        """Queue units; the future gets one outcome for each once all of them are committed or refused."""
        answer: asyncio.Future[list[Outcome]] = self._loop.create_future()
        self._queue.put(Write(units, answer))
        return answer

    def run(
        self, work: Callable[[apsw.Connection, Units], None], after_commit: Callable[[], None] | None = None
    ) -> asyncio.Future[None]:
        """Queue something that needs a transaction of its own. ``after_commit`` runs in the writer's thread."""
        answer: asyncio.Future[None] = self._loop.create_future()
        self._queue.put(Task(work, answer, after_commit))
        return answer

    def stop(self) -> None:
        """Finish what is queued, and end the thread. Blocks; call it from another thread than the loop's."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        waiting: deque[Job | None] = deque()
        while True:
            if not waiting:
                waiting.append(self._queue.get())
            with suppress(Empty):
                while True:
                    waiting.append(self._queue.get_nowait())
            group = []
            while waiting and isinstance(waiting[0], Write):
                group.append(waiting[0])
                waiting.popleft()
            if group:
                self._deliver(self._commit(group))
                continue
            job = waiting.popleft()
            if not isinstance(job, Task):
                return
            self._deliver([self._carry_out(job)])

    def _commit(self, group: Sequence[Write]) -> list[Answer]:
        """Carry out a group in one transaction. If that breaks, so does every write in it."""
        try:
            with transaction(self._connection):
                outcomes = [[self._units.carry_out(unit) for unit in write.units] for write in group]
                if monotonic() - self._swept > _SECONDS_BETWEEN_SWEEPS:
                    self._swept = monotonic()
                    sweep(self._connection)
        except Exception as error:
            # The transaction's own door: nothing of the group is stored, and each of its callers hears so.
            self._acls.forget()
            reason = self._reason(error)
            return [(write.answer, None, reason) for write in group]
        return [(write.answer, found, None) for write, found in zip(group, outcomes, strict=True)]

    def _carry_out(self, task: Task) -> Answer:
        try:
            with transaction(self._connection):
                task.work(self._connection, self._units)
            if task.after_commit is not None:
                task.after_commit()
        except Exception as error:
            self._acls.forget()
            return task.answer, None, self._reason(error)
        return task.answer, None, None

    def _reason(self, error: Exception) -> ParseError:
        if isinstance(error, ParseError):
            return error
        if isinstance(error, apsw.Error):
            return translated(error)
        log.error("a write could not be carried out", exc_info=error)
        return InternalError()

    def _deliver(self, answers: Sequence[Answer]) -> None:
        try:
            self._loop.call_soon_threadsafe(_settle, answers)
        except RuntimeError:
            log.warning("the event loop is closed: %d writes were carried out with nobody to hear of it", len(answers))


def _settle(answers: Sequence[Answer]) -> None:
    for answer, result, error in answers:
        if answer.done():
            continue  # whoever asked was cancelled
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)
