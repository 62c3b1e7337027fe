"""Blobs in a PostgreSQL database. Their two tables are made with the first one; Parse Server does not look at them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg

from parsonage.storage.blobs import SECONDS_UNTIL_SWEPT, Blob
from parsonage.storage.postgresql.connect import LOST, Connections, attempted, translated
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


class PostgreSQLBlobs:
    """The blobs of one database."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._has_tables = False

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
        """The blob of a name."""
        rows = await self._rows("SELECT id, size, note FROM parsonage_blob WHERE name = $1", name)
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
        async def work(connection: Any) -> None:
            await connection.execute(statement, *parameters)

        await self._done(work)

    async def _rows(self, statement: str, *parameters: Any) -> list[Any]:
        async def work(connection: Any) -> list[Any]:
            rows: list[Any] = await connection.fetch(statement, *parameters)
            return rows

        try:
            return await self._done(work)
        except _NoTables:
            return []  # no file was ever stored

    async def _done(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Carry out in one transaction what may be carried out twice, should the connection break."""

        async def attempt() -> T:
            async with self._connections.use() as connection, connection.transaction():
                return await work(connection)

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
