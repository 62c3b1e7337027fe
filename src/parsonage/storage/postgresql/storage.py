"""PostgreSQLStorage: the engine behind ``storage.interface.Storage``.

Any number of processes of ours and of Parse Server may use one database at once.

Rules: reference/storage-postgres.md; design: layout.md, 'What a hot request may cost'.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import asyncpg

from parsonage.protocol.errors import InvalidQuery, ParseError
from parsonage.query.expressions import Document
from parsonage.query.grouping import Grouping
from parsonage.query.model import SCORE, Query
from parsonage.schema.changes import SchemaChange
from parsonage.schema.model import ClassSchema, SchemaSet
from parsonage.storage.changes import Notice, NoticeKind, Outcome, Unit
from parsonage.storage.found import Found, Row, scored
from parsonage.storage.grouped import documents, select_list
from parsonage.storage.interface import Condition, StorageUnavailable
from parsonage.storage.postgresql import schema as catalogue
from parsonage.storage.postgresql.blobs import PostgreSQLBlobs
from parsonage.storage.postgresql.connect import (
    LOST,
    OLDEST_VERSION,
    Connections,
    address_of,
    attempted,
    closed,
    is_client_side,
    log,
    translated,
    unavailable,
)
from parsonage.storage.postgresql.find import ById, Statement, by_id, count_statement, find_statement, group_statement
from parsonage.storage.postgresql.notices import Notices
from parsonage.storage.postgresql.tables import Tables
from parsonage.storage.postgresql.write import CHANGED_ELSEWHERE, Writer

T = TypeVar("T")

MOST_PARAMETERS = 32_767
"""The protocol carries no more with one statement."""

_NOTICE_OF_PURGE = {
    "_User": NoticeKind.USER,
    "_Role": NoticeKind.ROLES,
    "_Session": NoticeKind.SESSION,
    "_GlobalConfig": NoticeKind.SETTINGS,
}


class PostgreSQLStorage:
    """A database on a PostgreSQL server. Times are in seconds."""

    def __init__(
        self,
        uri: str,
        *,
        direct_uri: str | None = None,
        statement_seconds: float = 30.0,
        silence_seconds: float = 5.0,
        wait_seconds: float = 10.0,
        look_every_seconds: float = 5.0,
    ) -> None:
        """Name the database; nothing happens before ``open``.

        Where ``uri`` leads to a proxy that pools transactions, ``direct_uri`` leads past it, for one connection
        that hears what other processes change. ``statement_seconds`` is what one statement may take, and after
        ``silence_seconds`` more a server that says nothing is given up. ``wait_seconds`` is how long a request
        waits for a connection, and every ``look_every_seconds`` the catalogue is looked at for what nobody
        announced.
        Raises StorageUnavailable for a URI that can't be read.
        """
        self._address = address_of(uri)
        opened = partial(
            Connections,
            statement_seconds=statement_seconds,
            silence_seconds=silence_seconds,
            wait_seconds=wait_seconds,
        )
        self._connections = opened(self._address)
        ear = self._connections if direct_uri is None else opened(address_of(direct_uri))
        self._tables = Tables()
        self._notices = Notices(
            ear.connect,
            self._connections.is_own,
            hears=ear.keeps_connections,
            look_every_seconds=look_every_seconds,
        )
        self._writer = Writer(self._connections, self._tables, self._notices)

    @property
    def description(self) -> str:
        """What the start line says: ``PostgreSQL localhost:5432/house``."""
        pooled = "" if self._address.prepared else " (without prepared statements)"
        return f"PostgreSQL {self._address.label}{pooled}"

    def condition(self) -> Condition:
        """How the database is: reachable as long as the connection that listens for notices stands."""
        count, in_use = self._connections.usage()
        return Condition(self._notices.is_listening, count, in_use, self._writer.outcomes_unknown)

    async def open(self) -> None:
        """Connect, and make what an empty database lacks. Raises StorageUnavailable."""
        try:
            connection = await self._connections.connect()
            try:
                version = connection.get_server_version()
                if version.major < OLDEST_VERSION:
                    raise StorageUnavailable(
                        f"PostgreSQL at {self._address.label} has version {version.major}:"
                        f" {OLDEST_VERSION} or newer is needed"
                    )
                await attempted(lambda: catalogue.prepare(connection), again=catalogue.CLASHES)
                self._tables.renew((await catalogue.load(connection))[1])
            finally:
                await closed(connection)
            await self._notices.open()
        except (asyncpg.PostgresError, ValueError, *LOST) as error:
            raise unavailable(self._address, error) from error

    async def close(self) -> None:
        """Let go of every connection."""
        await self._notices.close()
        await self._connections.close()

    async def find(self, schema: ClassSchema, query: Query, fields: Sequence[str] | None = None) -> Found:
        """The objects that match, in order, at most ``query.limit``."""
        table = self._tables.of(schema)
        projection = table.projection(fields)
        wanted = by_id(query)
        if wanted is not None:
            rows = _readable(await self._rows(projection.by_id, (wanted.object_id,)), wanted)
        else:
            with_score = fields is not None and SCORE in fields
            statement = find_statement(table, self._tables.relations, query, projection.select, with_score=with_score)
            rows = await self._found(statement)
            if with_score:
                return scored(rows, projection.convert)
        return Found(rows, projection.convert, projection.convert_as_text)

    async def count(self, schema: ClassSchema, query: Query) -> int:
        """How many objects match, exactly; skip and limit play no part."""
        [(number,)] = await self._found(count_statement(self._tables.of(schema), self._tables.relations, query))
        return int(number)

    async def group(self, schema: ClassSchema, query: Query, grouping: Grouping) -> list[Document]:
        """The groups of the objects that match, each with its key as ``objectId`` and its totals."""
        table = self._tables.of(schema)
        cells = {name: f"o.{column.name}" for name, column in table.columns.items() if column.name is not None}
        select, by = select_list(grouping, cells), ", ".join(cells[name] for name in grouping.key_fields)
        rows = await self._found(group_statement(table, self._tables.relations, query, select, by))
        return documents(rows, grouping, schema, table.returning(grouping.key_fields).convert)

    async def explain(self, schema: ClassSchema, query: Query) -> list[str]:
        """The statement of a find, and PostgreSQL's plan for it, line by line."""
        table = self._tables.of(schema)
        statement = find_statement(table, self._tables.relations, query, table.projection(None).select)
        plan = await self._rows(f"EXPLAIN {statement.sql}", statement.parameters)
        return [statement.sql, *(line for (line,) in plan)]

    async def write(self, units: Sequence[Unit]) -> list[Outcome]:
        """Carry out units, each atomic alone, and answer one outcome for each, in order."""
        try:
            return await self._writer.write(units)
        except (asyncpg.PostgresError, *LOST) as error:
            raise translated(error) from error

    async def purge(self, schema: ClassSchema) -> None:
        """Remove every object of a class, with the links of its relations."""
        table = self._tables.of(schema)
        kind = _NOTICE_OF_PURGE.get(schema.name)

        async def remove(connection: Any) -> None:
            for name in (table.name, *table.joins.values()):
                await connection.execute(f"DELETE FROM {name}")

        await self._changed(remove, [] if kind is None else [Notice(kind)])

    async def load_schemas(self) -> SchemaSet:
        """Every class as it is now; the ones that stand in no list are among them."""

        async def load() -> tuple[SchemaSet, frozenset[tuple[str, str]]]:
            async with self._connections.use() as connection:
                return await catalogue.load(connection)

        schemas, relations = await self._read(load)
        if relations != self._tables.relations:
            self._tables.renew(relations)
        return schemas

    async def change_schema(self, changes: Sequence[SchemaChange]) -> None:
        """Carry out schema changes in one transaction of their own, announced to other processes.

        Raises IncorrectType (111) where a field to be added exists with another type, InvalidClassName
        (103) for a class that does not exist.
        """
        await self._changed(lambda connection: catalogue.change(connection, changes), [Notice(NoticeKind.SCHEMA)])
        await self.load_schemas()

    def blobs(self) -> PostgreSQLBlobs:
        """The long byte strings in this database."""
        return PostgreSQLBlobs(self._connections)

    def notices(self) -> Sequence[Notice]:
        """What was changed on this database since the last call, by this process or another."""
        return self._notices.since_last_call()

    async def catch_up(self) -> None:
        """When this returns, ``notices`` knows of everything that was committed before the call."""
        await self._notices.catch_up()

    async def _changed(self, work: Callable[[Any], Awaitable[None]], notices: Sequence[Notice]) -> None:
        async def attempt() -> None:
            async with self._connections.use() as connection, connection.transaction():
                await work(connection)
                if notices:
                    await self._notices.announce(connection, notices)

        try:
            await attempted(attempt, again=catalogue.CLASHES)
        except LOST as error:
            if is_client_side(error):
                raise translated(error) from error
            log.warning("a change may have been carried out or not: %r", error)
            self._notices.hear(notices)
            raise self._writer.outcome_unknown() from error
        except asyncpg.PostgresError as error:
            raise translated(error) from error
        self._notices.hear(notices)

    async def _found(self, statement: Statement) -> list[Row]:
        if len(statement.parameters) > MOST_PARAMETERS:
            raise InvalidQuery("the query is too large")
        try:
            return await self._rows(statement.sql, statement.parameters)
        except ParseError as error:
            cause = error.__cause__
            if isinstance(cause, asyncpg.InvalidRegularExpressionError):
                raise InvalidQuery("invalid $regex") from None
            if statement.has_pattern and isinstance(cause, (asyncpg.QueryCanceledError, TimeoutError)):
                raise InvalidQuery("this $regex takes too long") from None
            raise

    async def _rows(self, statement: str, parameters: Sequence[Any]) -> list[Row]:
        connections = self._connections

        async def read() -> list[Row]:
            connection = connections.take() or await connections.wait()
            try:
                rows: list[Row] = await connection.fetch(statement, *parameters)
            except Exception as error:
                connections.lay_back_after(error, connection)
                raise
            except BaseException:
                connections.discard(connection)
                raise
            connections.lay_back(connection)
            return rows

        return await self._read(read)

    async def _read(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read, and say in the house's words what went wrong."""
        try:
            return await _repeated(read)
        except (asyncpg.PostgresError, *LOST) as error:
            if isinstance(error, CHANGED_ELSEWHERE):
                self._notices.hear([Notice(NoticeKind.SCHEMA)])
            if _is_misfit(error):
                raise InvalidQuery("the query is too large or not valid Unicode") from None
            raise translated(error) from error


async def _repeated(read: Callable[[], Awaitable[T]]) -> T:
    """Read; again, twice at most, where the connection broke: nothing is changed by reading."""
    for _ in range(2):
        try:
            return await read()
        except LOST as error:
            if is_client_side(error) or isinstance(error, TimeoutError):
                raise
    return await read()


def _readable(rows: list[Row], wanted: ById) -> list[Row]:
    if rows and wanted.names is not None:
        readers = rows[0][3]
        if readers is not None and wanted.names.isdisjoint(readers):
            return []
    return rows


def _is_misfit(error: Exception) -> bool:
    """Whether the query carried what can't be sent, or too much of it."""
    return is_client_side(error) or isinstance(
        error, (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
    )
