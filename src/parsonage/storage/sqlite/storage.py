"""SQLiteStorage: the engine behind ``storage.interface.Storage``.

One file, one thread that writes, reads on the event loop under a budget. Several processes may use the
same file. A process that is killed leaves a consistent file; with ``synchronous=NORMAL`` the last commits
may be lost when the *machine* fails, with ``full_durability`` they are not.

Rules: reference/storage-sqlite.md; design: layout.md, 'What a hot request may cost'.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

import apsw

from parsonage.protocol.errors import InvalidQuery
from parsonage.query.expressions import Document
from parsonage.query.grouping import Grouping
from parsonage.query.model import SCORE, Query
from parsonage.schema.changes import SchemaChange
from parsonage.schema.model import ClassSchema, SchemaSet
from parsonage.storage.changes import Notice, NoticeKind, Outcome, Unit
from parsonage.storage.found import Found, Row, scored
from parsonage.storage.grouped import documents, select_list
from parsonage.storage.interface import Condition, StorageUnavailable
from parsonage.storage.sqlite import schema as catalogue
from parsonage.storage.sqlite import texts
from parsonage.storage.sqlite.acls import StoredACLs
from parsonage.storage.sqlite.blobs import SQLiteBlobs
from parsonage.storage.sqlite.connect import check_library, connect, fetched, make_private, unavailable
from parsonage.storage.sqlite.find import ById, Sight, by_id, count_statement, find_statement, group_statement
from parsonage.storage.sqlite.notices import Notices
from parsonage.storage.sqlite.readers import Readers
from parsonage.storage.sqlite.tables import Tables
from parsonage.storage.sqlite.texts import TextIndex
from parsonage.storage.sqlite.write import Units
from parsonage.storage.sqlite.writer import Writer

T = TypeVar("T")

_BUSY_MILLISECONDS = 5000
_BUSY_MILLISECONDS_ON_LOOP = 20

_NOTICE_OF_PURGE = {
    "_User": NoticeKind.USER,
    "_Role": NoticeKind.ROLES,
    "_Session": NoticeKind.SESSION,
    "_GlobalConfig": NoticeKind.SETTINGS,
}

_SOUND = Condition()


class SQLiteStorage:
    """A database in one file. Times are in seconds."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        full_durability: bool = False,
        loop_seconds: float = 0.002,
        longest_seconds: float = 30.0,
        threads: int = 4,
    ) -> None:
        """Name the file; nothing happens before ``open``.

        ``loop_seconds`` is what a read may take on the event loop before it is moved to a thread,
        ``longest_seconds`` what it may take there, in one of ``threads``.
        """
        self._path = Path(path)
        self._full_durability = full_durability
        self._loop_seconds = loop_seconds
        self._longest_seconds = longest_seconds
        self._threads = threads
        self._acls = StoredACLs()
        self._tables = Tables(self._acls)
        self._loader = catalogue.Loader()
        self._closed = True

    @property
    def description(self) -> str:
        """What the start line says: ``SQLite ./guestbook.db``."""
        return f"SQLite {self._path}" if self._path.is_absolute() else f"SQLite ./{self._path}"

    def condition(self) -> Condition:
        """A file that was opened is there."""
        return _SOUND

    async def open(self) -> None:
        """Open the file, or make it. Raises StorageUnavailable, with the path in its text."""
        check_library()
        writing = await asyncio.to_thread(self._open_file)
        self._closed = False
        self._writing = writing
        self._readers = Readers(
            self._connect_reader,
            loop_seconds=self._loop_seconds,
            longest_seconds=self._longest_seconds,
            threads=self._threads,
        )
        self._readers.on_loop.set_busy_timeout(_BUSY_MILLISECONDS_ON_LOOP)
        self._acls.connection = self._readers.on_loop
        self._sight = Sight(self._sample)
        self._notices = Notices(self._readers.on_loop)
        self._tables.renew(self._loader.load(writing)[1])
        self._writer = Writer(
            writing,
            self._tables,
            asyncio.get_running_loop(),
            commits_on_loop=not self._full_durability,
            busy_milliseconds=_BUSY_MILLISECONDS,
        )

    def _open_file(self) -> apsw.Connection:
        try:
            make_private(self._path)
            connection = connect(self._path, busy_milliseconds=_BUSY_MILLISECONDS)
            _use_write_ahead_log(connection)
            connection.execute(f"PRAGMA synchronous = {'FULL' if self._full_durability else 'NORMAL'}")
            catalogue.prepare(connection)
        except apsw.Error as error:
            raise unavailable(self._path, error) from error
        except StorageUnavailable as error:
            raise StorageUnavailable(f"{self._path} can't be opened: {error}") from None
        return connection

    def _connect_reader(self) -> apsw.Connection:
        return connect(self._path, busy_milliseconds=_BUSY_MILLISECONDS, reading=True)

    async def close(self) -> None:
        """Finish every write that was begun, and let go of the file."""
        if self._closed:
            return
        self._closed = True
        self._writer.flush()
        await asyncio.to_thread(self._writer.stop)
        self._readers.close()
        self._writing.execute("PRAGMA optimize")
        self._writing.close()

    async def find(self, schema: ClassSchema, query: Query, fields: Sequence[str] | None = None) -> Found:
        """The objects that match, in order, at most ``query.limit``."""
        table = self._tables.of(schema)
        projection = table.projection(fields)
        wanted = by_id(query)
        if wanted is not None and not query.skip and query.limit != 0:
            rows = await self._get(projection.by_id, wanted)
        else:
            with_score = fields is not None and SCORE in fields
            statement = _compiled(
                lambda: find_statement(table, query, projection.select, self._sight, with_score=with_score)
            )
            if statement.missing:
                await self._index_texts(statement.missing)
            rows = await self._readers.rows(statement.sql, statement.parameters, slow=statement.slow)
            if with_score:
                return scored(rows, projection.convert)
        return Found(rows, projection.convert, projection.convert_as_text)

    async def _get(self, statement: str, wanted: ById) -> list[Row]:
        rows = await self._readers.rows(statement, (wanted.object_id,))
        if rows and wanted.names is not None:
            acl = rows[0][3]
            if acl and wanted.names.isdisjoint(self._acls[acl].acl.readers):
                return []
        return rows

    async def count(self, schema: ClassSchema, query: Query) -> int:
        """How many objects match, exactly; skip and limit play no part."""
        table = self._tables.of(schema)
        statement = _compiled(lambda: count_statement(table, query, self._sight))
        if statement.missing:
            await self._index_texts(statement.missing)
        [(number,)] = await self._readers.rows(statement.sql, statement.parameters, slow=statement.slow)
        return int(number)

    async def group(self, schema: ClassSchema, query: Query, grouping: Grouping) -> list[Document]:
        """The groups of the objects that match, each with its key as ``objectId`` and its totals."""
        table = self._tables.of(schema)
        cells = {name: f"o.{table.columns[name].cells[0]}" for name in table.fields if table.columns[name].cells}
        select, by = select_list(grouping, cells), ", ".join(cells[name] for name in grouping.key_fields)
        statement = _compiled(lambda: group_statement(table, query, select, by, self._sight))
        if statement.missing:
            await self._index_texts(statement.missing)
        rows = await self._readers.rows(statement.sql, statement.parameters, slow=statement.slow)
        return documents(rows, grouping, schema, table.returning(grouping.key_fields).convert)

    async def explain(self, schema: ClassSchema, query: Query) -> list[str]:
        """The statement of a find, and SQLite's plan for it, line by line."""
        table = self._tables.of(schema)
        statement = _compiled(lambda: find_statement(table, query, table.projection(None).select, self._sight))
        if statement.missing:
            await self._index_texts(statement.missing)
        plan = await self._readers.rows(f"EXPLAIN QUERY PLAN {statement.sql}", statement.parameters)
        return [statement.sql, *(detail for *_, detail in plan)]

    async def _index_texts(self, indexes: Sequence[TextIndex]) -> None:
        """Make the full-text indexes that a query is the first to need."""
        connection = self._writing

        def make(_: apsw.Connection, __: Units) -> None:
            for index in indexes:
                texts.make_index(connection, index)

        await self._writer.run(make, lambda: self._tables.renew(self._loader.load(connection)[1]))

    async def write(self, units: Sequence[Unit]) -> list[Outcome]:
        """Carry out units, each atomic alone, and answer one outcome for each, in order."""
        return await self._writer.write(units)

    async def purge(self, schema: ClassSchema) -> None:
        """Remove every object of a class, with the links of its relations."""

        def remove(connection: apsw.Connection, units: Units) -> None:
            table = self._tables.of(schema)
            for name in (table.name, *table.joins.values()):
                connection.execute(f"DELETE FROM {name}")
            if schema.name in _NOTICE_OF_PURGE:
                units.announce([Notice(_NOTICE_OF_PURGE[schema.name])])

        await self._writer.run(remove)

    async def load_schemas(self) -> SchemaSet:
        """Every class as it is now; the ones that stand in no list are among them."""
        schemas, names = await self._readers.in_thread(self._loader.load)
        if names != self._tables.names:
            self._tables.renew(names)
        return schemas

    async def change_schema(self, changes: Sequence[SchemaChange]) -> None:
        """Carry out schema changes in one transaction of their own, announced to other processes.

        Raises IncorrectType (111) where a field to be added exists with another type, InvalidClassName
        (103) for a class that does not exist.
        """
        connection = self._writing

        def change(_: apsw.Connection, units: Units) -> None:
            carried_out = catalogue.Catalogue(connection)
            for one in changes:
                carried_out.carry_out(one)
            carried_out.announce()
            units.announce([Notice(NoticeKind.SCHEMA)])

        await self._writer.run(change, lambda: self._tables.renew(self._loader.load(connection)[1]))

    def blobs(self) -> SQLiteBlobs:
        """The long byte strings in this file."""
        return SQLiteBlobs(self._writer, self._readers)

    def notices(self) -> Sequence[Notice]:
        """What was changed on this file since the last call, by this process or another."""
        return self._notices.since_last_call()

    def _sample(self, statement: str, parameters: Sequence[object]) -> list[Row]:
        return fetched(self._readers.on_loop, statement, parameters)


def _compiled(compile_it: Callable[[], T]) -> T:
    try:
        return compile_it()
    except UnicodeEncodeError:
        raise InvalidQuery("text must be valid Unicode") from None


def _use_write_ahead_log(connection: apsw.Connection) -> None:
    """Switch the file to its write-ahead log; waits for another process that is just doing the same."""
    deadline = monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except apsw.BusyError:
            # The busy time-out does not hold for this statement.
            if monotonic() > deadline:
                raise
            sleep(0.02)
        else:
            return
