"""The writer: everything that is asked for at about the same time is committed as one group.

Each unit is atomic alone; one commit serves the whole group, and order is kept. Short groups are
committed on the event loop itself: handing one object to a thread and its outcome back costs three times
what storing it costs (measured: 280 µs of CPU against 90). What may take long goes to a thread: schema
changes, whole classes, large groups, waiting for another process, checkpoints, and every commit where
each one waits for the disk. While the thread is busy all that comes later waits behind it, so there is
only ever one writer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from time import monotonic
from typing import Any, TypeAlias

import apsw
import msgspec

from parsonage.protocol.errors import InternalError, ParseError
from parsonage.storage.changes import Outcome, RemoveAll, Unit
from parsonage.storage.sqlite.acls import InternedACLs
from parsonage.storage.sqlite.connect import log, translated
from parsonage.storage.sqlite.notices import sweep
from parsonage.storage.sqlite.schema import transaction
from parsonage.storage.sqlite.tables import Tables
from parsonage.storage.sqlite.write import Units

_MOST_CHANGES_ON_LOOP = 60
"""A group of more changes goes to the thread: it would hold the loop for some milliseconds."""

_PAGES_BETWEEN_CHECKPOINTS = 1000
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


class Checkpoint(msgspec.Struct, frozen=True):
    """The log has grown long: its pages are to be brought into the file, which waits for the disk."""


Group: TypeAlias = list[Write]
Job: TypeAlias = Group | Task | Checkpoint
Answer: TypeAlias = "tuple[asyncio.Future[Any], Any, BaseException | None]"


class Writer:
    """The one that writes. Its methods are called on the event loop's thread."""

    def __init__(
        self,
        connection: apsw.Connection,
        tables: Tables,
        loop: asyncio.AbstractEventLoop,
        *,
        commits_on_loop: bool,
        busy_milliseconds: int,
    ) -> None:
        """Take over a connection. ``busy_milliseconds`` is how long the thread waits for another process."""
        self._connection = connection
        self._acls = InternedACLs(connection)
        self._units = Units(connection, tables, self._acls)
        self._loop = loop
        self._commits_on_loop = commits_on_loop
        self._busy_milliseconds = busy_milliseconds
        self._gathered: Group = []
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._jobs_in_thread = 0
        self._swept = monotonic()
        self._log_pages = 0
        self._checkpoint_at = _PAGES_BETWEEN_CHECKPOINTS
        connection.set_wal_hook(self._note_log_pages)
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, units: Sequence[Unit]) -> asyncio.Future[list[Outcome]]:
        """Take units; the future gets one outcome for each once all of them are committed or refused."""
        answer: asyncio.Future[list[Outcome]] = self._loop.create_future()
        if not self._gathered:
            # Whatever else is ready to run may have something to write, too.
            self._loop.call_soon(self.flush)
        self._gathered.append(Write(units, answer))
        return answer

    def run(
        self, work: Callable[[apsw.Connection, Units], None], after_commit: Callable[[], None] | None = None
    ) -> asyncio.Future[None]:
        """Take something that needs a transaction of its own. ``after_commit`` runs in the thread."""
        self.flush()
        answer: asyncio.Future[None] = self._loop.create_future()
        self._hand_over(Task(work, answer, after_commit))
        return answer

    def flush(self) -> None:
        """Commit what was gathered, or hand it to the thread."""
        group, self._gathered = self._gathered, []
        if not group:
            return
        if self._commits_on_loop and not self._jobs_in_thread and _is_short(group):
            answers = self._commit(group, wait=False)
            if answers is not None:
                _settle(answers)
                self._checkpoint_if_due()
                return
        self._hand_over(group)

    def stop(self) -> None:
        """Finish what was handed over, and end the thread. Blocks: to be called from a thread."""
        self._queue.put(None)
        self._thread.join()

    def _hand_over(self, job: Job) -> None:
        self._jobs_in_thread += 1
        self._queue.put(job)

    def _note_log_pages(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            if isinstance(job, Task):
                answers = [self._carry_out(job)]
            elif isinstance(job, Checkpoint):
                answers = self._checkpoint()
            else:
                answers = self._commit(job, wait=True) or []
            try:
                self._loop.call_soon_threadsafe(self._settle_job, answers)
            except RuntimeError:
                log.warning("the event loop was closed before it heard of %d writes", len(answers))

    def _settle_job(self, answers: Sequence[Answer]) -> None:
        self._jobs_in_thread -= 1
        _settle(answers)
        self._checkpoint_if_due()

    def _checkpoint_if_due(self) -> None:
        if self._log_pages >= self._checkpoint_at:
            self._checkpoint_at = self._log_pages + _PAGES_BETWEEN_CHECKPOINTS
            self._hand_over(Checkpoint())

    def _commit(self, group: Group, *, wait: bool) -> list[Answer] | None:
        """Carry out a group in one transaction. If that breaks, so does every write in it.

        Without ``wait``: ``None``, with nothing done, where another process is writing.
        """
        try:
            self._connection.set_busy_timeout(self._busy_milliseconds if wait else 0)
            with transaction(self._connection):
                outcomes = [[self._units.carry_out(unit) for unit in write.units] for write in group]
                if monotonic() - self._swept > _SECONDS_BETWEEN_SWEEPS:
                    self._swept = monotonic()
                    sweep(self._connection)
        except Exception as error:
            self._acls.forget()
            if not wait and isinstance(error, apsw.BusyError):
                return None
            # The transaction's own door: nothing of the group is stored, and each of its callers hears so.
            reason = _reason(error)
            return [(write.answer, None, reason) for write in group]
        return [(write.answer, found, None) for write, found in zip(group, outcomes, strict=True)]

    def _carry_out(self, task: Task) -> Answer:
        try:
            self._connection.set_busy_timeout(self._busy_milliseconds)
            with transaction(self._connection):
                task.work(self._connection, self._units)
            if task.after_commit is not None:
                task.after_commit()
        except Exception as error:
            self._acls.forget()
            return task.answer, None, _reason(error)
        return task.answer, None, None

    def _checkpoint(self) -> list[Answer]:
        """Bring the log's pages into the file. Readers may keep some back: those come with the next one."""
        try:
            pages, brought_in = self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            log.warning("the write-ahead log could not be brought in: %s", error)
        else:
            if brought_in == pages:
                self._checkpoint_at = _PAGES_BETWEEN_CHECKPOINTS  # the next commit begins the log anew
        return []


def _is_short(group: Group) -> bool:
    changes = [change for write in group for unit in write.units for change in unit.changes]
    return len(changes) <= _MOST_CHANGES_ON_LOOP and not any(type(change) is RemoveAll for change in changes)


def _reason(error: Exception) -> ParseError:
    if isinstance(error, ParseError):
        return error
    if isinstance(error, apsw.Error):
        return translated(error)
    log.error("a write could not be carried out", exc_info=error)
    return InternalError()


def _settle(answers: Sequence[Answer]) -> None:
    for answer, result, error in answers:
        if answer.done():
            continue  # whoever asked was cancelled
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)
