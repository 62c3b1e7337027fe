"""Blobs: long byte strings in the database, stored and read in chunks.

A blob is begun, gets its chunks one after the other, each committed alone, and is published under its name by one
transaction: until then nobody finds it. One that was begun and never published, because its process died, is
swept a day later. A short blob, of one chunk, is stored and found as a whole: most files are short.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

SECONDS_UNTIL_SWEPT = 24 * 60 * 60


class Blob(msgspec.Struct, frozen=True):
    """A blob that is published."""

    id: str
    size: int
    note: bytes
    """What was stored beside it."""
    content: bytes | None = None
    """The whole of it, where it is short."""


class Blobs(Protocol):
    """The blobs of one database. Errors are those of ``Storage``."""

    async def store(self, blob_id: str, name: str, chunk: bytes, note: bytes) -> bool:
        """Store a blob of one chunk at once; false, and nothing is stored, where it must be begun and published.

        So it is for a name that another one has.
        """
        ...

    async def begin(self, blob_id: str) -> None:
        """Begin a blob, and sweep those that were left behind."""
        ...

    async def append(self, blob_id: str, number: int, chunk: bytes) -> None:
        """Store the chunk with this number, counted from 0."""
        ...

    async def publish(self, blob_id: str, name: str, size: int, note: bytes) -> None:
        """Give a blob its name, in the place of what had it."""
        ...

    async def discard(self, blob_id: str) -> None:
        """Remove a blob that was begun."""
        ...

    async def find(self, name: str) -> Blob | None:
        """The blob of a name, with its content where that is one chunk."""
        ...

    async def chunk(self, blob_id: str, number: int) -> bytes | None:
        """One chunk; ``None`` once the blob is gone."""
        ...

    async def remove(self, name: str) -> bool:
        """Remove a blob; whether there was one."""
        ...
