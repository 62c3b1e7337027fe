"""Connections: opened, tuned, checked; and what SQLite's errors mean to the house.

Rules: reference/storage-sqlite.md, Table layout.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import apsw

from parsonage.protocol.errors import ClassChanged, ConnectionFailed, InternalError, InvalidQuery, ParseError
from parsonage.storage.found import Row
from parsonage.storage.interface import StorageUnavailable
from parsonage.storage.sqlite import functions

log = logging.getLogger(__name__)

_NEEDED_FEATURES = ("ENABLE_FTS5", "ENABLE_RTREE", "ENABLE_MATH_FUNCTIONS")
_STEPS_BETWEEN_LOOKS = 2000
"""Steps of SQLite's machine between two looks at the clock: some 50 µs."""
_FEWEST_LOOKS = 5
NEVER = float("inf")


class Deadline:
    """Ends a statement that runs past a moment. ``at`` is by ``time.perf_counter``; ``looks`` starts at 0."""

    __slots__ = ("at", "looks")

    def __init__(self) -> None:
        self.at = NEVER
        self.looks = 0

    def __call__(self) -> bool:
        """Whether the statement must end now."""
        # A short statement during which the machine was busy elsewhere has not been slow.
        self.looks += 1
        return self.looks >= _FEWEST_LOOKS and perf_counter() > self.at


def connect(path: Path, *, busy_milliseconds: int, reading: bool = False) -> apsw.Connection:
    """Open the file, tuned as every connection of ours is. A reading one refuses to write."""
    connection = apsw.Connection(str(path), statementcachesize=500)
    connection.set_busy_timeout(busy_milliseconds)
    # A name in quotes is a name: without this, one that does not exist would be taken for a text.
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)
    for pragma in ("temp_store = MEMORY", "mmap_size = 268435456", "cache_size = -8000", "foreign_keys = OFF"):
        connection.execute(f"PRAGMA {pragma}")
    if reading:
        connection.execute("PRAGMA query_only = ON")
    functions.install(connection)
    return connection


def make_private(path: Path) -> None:
    """Make an empty file that only its owner may read, where there is none; one that is there keeps its mode.

    SQLite gives the write-ahead log and the shared memory beside it the mode of the file itself.
    """
    try:
        made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError:
        return  # it is there; or it can't be made, which SQLite tells better
    try:
        os.fchmod(made, 0o600)  # an odd umask may have taken the owner's own rights
    finally:
        os.close(made)


def fetched(on: apsw.Connection | apsw.Cursor, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """All rows of a statement."""
    return on.execute(statement, parameters).fetchall()


def watched(connection: apsw.Connection) -> Deadline:
    """Put a reading connection under a deadline."""
    deadline = Deadline()
    connection.set_progress_handler(deadline, _STEPS_BETWEEN_LOOKS)
    return deadline


def check_library() -> None:
    """Raise StorageUnavailable naming what this build of SQLite lacks."""
    missing = [feature for feature in _NEEDED_FEATURES if feature not in apsw.compile_options]
    if missing:
        raise StorageUnavailable(
            f"the SQLite library {apsw.sqlite_lib_version()} was built without {', '.join(missing)}:"
            " install the apsw package from PyPI, whose wheel has them"
        )


def unavailable(path: Path, error: apsw.Error) -> StorageUnavailable:
    """Why the file can't be opened, in one line that names it."""
    if isinstance(error, apsw.NotADBError):
        return StorageUnavailable(f"{path} is not an SQLite database")
    if isinstance(error, (apsw.ReadOnlyError, apsw.PermissionsError)):
        return StorageUnavailable(f"{path} can't be written")
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return StorageUnavailable(f"{path} is locked by another process")
    if isinstance(error, apsw.CantOpenError):
        if not path.parent.is_dir():
            return StorageUnavailable(f"{path} can't be opened: there is no folder {path.parent}")
        return StorageUnavailable(f"{path} can't be opened: the file or its folder can't be written")
    return StorageUnavailable(f"{path} can't be opened: {error}")


_GONE = ("no such column", "has no column named", "no such table")
"""What SQLite says of a table or a column that somebody dropped."""


def translated(error: apsw.Error) -> ParseError:
    """A driver's error as the house's own; its text stays in the log."""
    if isinstance(error, apsw.SQLError) and "too many" in str(error):
        return InvalidQuery("the query is too large")
    if isinstance(error, apsw.SQLError) and any(words in str(error) for words in _GONE):
        log.warning("SQLite: %s", error)
        return ClassChanged()
    log.error("SQLite: %s", error, exc_info=error)
    if isinstance(error, (apsw.BusyError, apsw.LockedError)):
        return ConnectionFailed("The database is busy; try again.")
    if isinstance(error, (apsw.FullError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError)):
        return ConnectionFailed("The database can't be reached or written now.")
    return InternalError()
