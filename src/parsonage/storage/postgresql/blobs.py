"""Blobs in a PostgreSQL database. Their two tables are made with the first one; Parse Server does not look at them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg

from parsonage.storage.blobs import SECONDS_UNTIL_SWEPT, Blob
from parsonage.storage.postgresql.connect import LOST, Connections, attempted, log, translated
from parsonage.storage.postgresql.schema import CLASHES

T = TypeVar("T")

_BLOBS = (
    "CREATE TABLE IF NOT EXISTS parsonage_blob (id text PRIMARY KEY, name text UNIQUE, size bigint NOT NULL,"
    " note bytea NOT NULL, begun timestamptz NOT NULL DEFAULT now())"
)
_CHUNKS = (
    "CREATE TABLE IF NOT EXISTS parsonage_blob_chunk (blob text NOT NULL REFERENCES parsonage_blob ON DELETE CASCADE,"
    " number integer NOT NULL, chunk bytea NOT NULL, PRIMARY KEY (blob, number))"
)
_UNPACKED = "ALTER TABLE parsonage_blob_chunk ALTER COLUMN chunk SET STORAGE EXTERNAL"
"""Most files are packed already, or encrypted: to pack them again takes time for nothing.

A blob without a name is not published."""


_STORE = (
    "WITH made AS (INSERT INTO parsonage_blob (id, name, size, note) VALUES ($1, $2, $3, $4) RETURNING id, size)"
    " INSERT INTO parsonage_blob_chunk SELECT id, 0, $5::bytea FROM made WHERE size > 0"
)
_FIND = (
    "SELECT b.id, b.size, b.note, c.chunk FROM parsonage_blob AS b"
    " LEFT JOIN parsonage_blob_chunk AS c ON c.blob = b.id AND c.number = 0 AND octet_length(c.chunk) = b.size"
    " WHERE b.name = $1"
)


class PostgreSQLBlobs:
    """The blobs of one database."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._has_tables = False

    async def store(self, blob_id: str, name: str, chunk: bytes, note: bytes) -> bool:
        """Store a blob of one chunk at once; false where its name is taken, or there are no tables yet.

        False as well where the connection broke: to begin it and publish it does no harm if it is there.
        """
        try:
            async with self._connections.use() as connection:
                await connection.fetch(_STORE, blob_id, name, len(chunk), note, chunk)
        except (asyncpg.PostgresError, *LOST) as error:
            log.info("a short file is stored in steps: %r", error)
            return False
        return True

    async def begin(self, blob_id: str) -> None:
        """Begin a blob, and sweep those that were left behind."""
        if not self._has_tables:
            await self._done(_make_tables)
            self._has_tables = True

        async def work(connection: Any) -> None:
            await connection.execute(
                "DELETE FROM parsonage_blob WHERE name IS NULL AND begun < now() - $1 * interval '1 second'",
                SECONDS_UNTIL_SWEPT,
            )
            await connection.execute(
                "INSERT INTO parsonage_blob (id, size, note) VALUES ($1, 0, '') ON CONFLICT (id) DO NOTHING", blob_id
            )

        await self._done(work)

    async def append(self, blob_id: str, number: int, chunk: bytes) -> None:
        """Store one chunk."""
        await self._execute(
            "INSERT INTO parsonage_blob_chunk VALUES ($1, $2, $3) ON CONFLICT (blob, number) DO NOTHING",
            blob_id,
            number,
            chunk,
        )

    async def publish(self, blob_id: str, name: str, size: int, note: bytes) -> None:
        """Give a blob its name, in the place of what had it."""

        async def work(connection: Any) -> None:
            await connection.execute("DELETE FROM parsonage_blob WHERE name = $1 AND id <> $2", name, blob_id)
            await connection.execute(
                "UPDATE parsonage_blob SET name = $2, size = $3, note = $4 WHERE id = $1", blob_id, name, size, note
            )

        await self._done(work)

    async def discard(self, blob_id: str) -> None:
        """Remove a blob that was begun."""
        await self._execute("DELETE FROM parsonage_blob WHERE id = $1", blob_id)

    async def find(self, name: str) -> Blob | None:
        """The blob of a name, with its content where that is one chunk."""
        rows = await self._rows(_FIND, name)
        return Blob(*rows[0]) if rows else None

    async def chunk(self, blob_id: str, number: int) -> bytes | None:
        """One chunk."""
        rows = await self._rows(
            "SELECT chunk FROM parsonage_blob_chunk WHERE blob = $1 AND number = $2", blob_id, number
        )
        return rows[0][0] if rows else None

    async def remove(self, name: str) -> bool:
        """Remove a blob; whether there was one."""
        return bool(await self._rows("DELETE FROM parsonage_blob WHERE name = $1 RETURNING id", name))

    async def _execute(self, statement: str, *parameters: Any) -> None:
        async def attempt() -> None:
            async with self._connections.use() as connection:
                await connection.execute(statement, *parameters)

        await _repeated(attempt)

    async def _rows(self, statement: str, *parameters: Any) -> list[Any]:
        async def attempt() -> list[Any]:
            async with self._connections.use() as connection:
                rows: list[Any] = await connection.fetch(statement, *parameters)
                return rows

        try:
            return await _repeated(attempt)
        except _NoTables:
            return []  # no file was ever stored

    async def _done(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Carry out in one transaction what may be carried out twice, should the connection break."""

        async def attempt() -> T:
            async with self._connections.use() as connection, connection.transaction():
                return await work(connection)

        return await _repeated(attempt)


async def _repeated(attempt: Callable[[], Awaitable[T]]) -> T:
    try:
        return await attempted(attempt, again=(*CLASHES, asyncpg.ConnectionDoesNotExistError))
    except asyncpg.UndefinedTableError as error:
        raise _NoTables from error
    except (asyncpg.PostgresError, *LOST) as error:
        raise translated(error) from error


class _NoTables(Exception):
    """The tables are not there yet."""


async def _make_tables(connection: Any) -> None:
    for statement in (_BLOBS, _CHUNKS, _UNPACKED):
        await connection.execute(statement)
