"""Blobs in the SQLite file. Their two tables are made with the first one; reads and writes go to threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import apsw

from parsonage.storage.blobs import SECONDS_UNTIL_SWEPT, Blob
from parsonage.storage.found import Row
from parsonage.storage.sqlite.connect import fetched
from parsonage.storage.sqlite.readers import Readers
from parsonage.storage.sqlite.write import Units
from parsonage.storage.sqlite.writer import Writer

T = TypeVar("T")

_TABLES = """
CREATE TABLE IF NOT EXISTS "_Blob" (
    id TEXT PRIMARY KEY, name TEXT UNIQUE, size INTEGER NOT NULL, note BLOB NOT NULL, begun INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS "_BlobChunk" (
    blob TEXT NOT NULL, number INTEGER NOT NULL, chunk BLOB NOT NULL, UNIQUE (blob, number)
) STRICT;
"""
"""A blob without a name is not published. Chunks are kept by row number: long ones lie badly in a tree of keys."""


_FIND = (
    'SELECT b.id, b.size, b.note, c.chunk FROM "_Blob" AS b LEFT JOIN "_BlobChunk" AS c'
    " ON c.blob = b.id AND c.number = 0 AND length(c.chunk) = b.size WHERE b.name = ?"
)


class SQLiteBlobs:
    """The blobs of one file."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    async def store(self, blob_id: str, name: str, chunk: bytes, note: bytes) -> bool:
        """Store a blob of one chunk at once; false where its name is taken."""
        is_free = True

        def work(connection: apsw.Connection) -> None:
            nonlocal is_free
            connection.execute(_TABLES)
            is_free = not fetched(connection, 'SELECT 1 FROM "_Blob" WHERE name = ?', (name,))
            if not is_free:
                return
            blob = (blob_id, name, len(chunk), note, int(time.time()))
            connection.execute('INSERT INTO "_Blob" VALUES (?, ?, ?, ?, ?)', blob)
            if chunk:
                connection.execute('INSERT INTO "_BlobChunk" VALUES (?, 0, ?)', (blob_id, chunk))

        await self._written(work)
        return is_free

    async def begin(self, blob_id: str) -> None:
        """Begin a blob, and sweep those that were left behind."""
        now = int(time.time())

        def work(connection: apsw.Connection) -> None:
            connection.execute(_TABLES)
            left = fetched(
                connection,
                'SELECT id FROM "_Blob" WHERE name IS NULL AND begun < ?',
                (now - SECONDS_UNTIL_SWEPT,),
            )
            for (old,) in left:
                _forget(connection, old)
            connection.execute("INSERT INTO \"_Blob\" VALUES (?, NULL, 0, x'', ?)", (blob_id, now))

        await self._written(work)

    async def append(self, blob_id: str, number: int, chunk: bytes) -> None:
        """Store one chunk."""
        await self._written(
            lambda connection: connection.execute('INSERT INTO "_BlobChunk" VALUES (?, ?, ?)', (blob_id, number, chunk))
        )

    async def publish(self, blob_id: str, name: str, size: int, note: bytes) -> None:
        """Give a blob its name, in the place of what had it."""

        def work(connection: apsw.Connection) -> None:
            for (old,) in fetched(connection, 'SELECT id FROM "_Blob" WHERE name = ?', (name,)):
                _forget(connection, old)
            connection.execute(
                'UPDATE "_Blob" SET name = ?, size = ?, note = ? WHERE id = ?', (name, size, note, blob_id)
            )

        await self._written(work)

    async def discard(self, blob_id: str) -> None:
        """Remove a blob that was begun."""
        await self._written(lambda connection: _forget(connection, blob_id))

    async def find(self, name: str) -> Blob | None:
        """The blob of a name, with its content where that is one chunk."""
        rows = await self._rows(_FIND, (name,))
        return Blob(*rows[0]) if rows else None

    async def chunk(self, blob_id: str, number: int) -> bytes | None:
        """One chunk."""
        rows = await self._rows('SELECT chunk FROM "_BlobChunk" WHERE blob = ? AND number = ?', (blob_id, number))
        return rows[0][0] if rows else None

    async def remove(self, name: str) -> bool:
        """Remove a blob; whether there was one."""
        found = await self.find(name)
        if found is not None:
            await self.discard(found.id)
        return found is not None

    async def _written(self, work: Callable[[apsw.Connection], object]) -> None:
        def in_transaction(connection: apsw.Connection, _: Units) -> None:
            work(connection)

        await self._writer.run(in_transaction)

    async def _rows(self, statement: str, parameters: Sequence[object]) -> list[Row]:
        return await self._readers.in_thread(lambda connection: _read(connection, statement, parameters))


def _read(connection: apsw.Connection, statement: str, parameters: Sequence[object]) -> list[Row]:
    try:
        return fetched(connection, statement, parameters)
    except apsw.SQLError:
        # Asked by a statement: apsw's own table_exists trusts what this connection read before the table was made.
        if fetched(connection, "SELECT 1 FROM sqlite_schema WHERE name = '_Blob'"):
            raise
        return []


def _forget(connection: apsw.Connection, blob_id: str) -> None:
    connection.execute('DELETE FROM "_BlobChunk" WHERE blob = ?', (blob_id,))
    connection.execute('DELETE FROM "_Blob" WHERE id = ?', (blob_id,))
