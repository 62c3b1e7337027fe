"""Files in the app's own database: one backup for all, and nothing that several machines must share beside it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import cached_property

import msgspec

from parsonage.files.gathering import PIECE, gathered
from parsonage.files.interface import FileFacts, FilesUnavailable, KeptFile, Pieces
from parsonage.protocol.errors import ParseError
from parsonage.storage.blobs import Blob, Blobs


class DatabaseFiles:
    """Files as blobs, in chunks of ``PIECE`` bytes."""

    def __init__(self, blobs: Callable[[], Blobs]) -> None:
        """``blobs`` is asked for them once the database is open."""
        self._get_blobs = blobs

    @cached_property
    def _blobs(self) -> Blobs:
        return self._get_blobs()

    async def store(self, name: str, content: Pieces, facts: FileFacts) -> int:
        """Keep a file: at once if it is short, else its chunks first, its name last."""
        blob_id, note, pieces = secrets.token_hex(16), msgspec.json.encode(facts), gathered(content)
        first = await anext(pieces, b"")
        second = await anext(pieces, None)
        with _in_our_words():
            if second is None and await self._blobs.store(blob_id, name, first, note):
                return len(first)
            await self._blobs.begin(blob_id)
        try:
            number = size = 0
            async for piece in _joined([first, second or b""], pieces):
                with _in_our_words():
                    await self._blobs.append(blob_id, number, piece)
                number += 1
                size += len(piece)
            with _in_our_words():
                await self._blobs.publish(blob_id, name, size, note)
        except BaseException:
            with contextlib.suppress(ParseError):
                await self._blobs.discard(blob_id)
            raise
        return size

    async def find(self, name: str) -> KeptFile | None:
        """The file of a name, if there is one."""
        if "\0" in name or not _is_unicode(name):
            return None
        with _in_our_words():
            blob = await self._blobs.find(name)
        return None if blob is None else _StoredFile(self._blobs, blob)

    async def remove(self, name: str) -> bool:
        """Remove a file; whether there was one."""
        if "\0" in name or not _is_unicode(name):
            return False
        with _in_our_words():
            return await self._blobs.remove(name)


class _StoredFile:
    """A file whose chunks are read when they are wanted."""

    def __init__(self, blobs: Blobs, blob: Blob) -> None:
        self.size = blob.size
        self._blobs = blobs
        self._blob = blob

    async def facts(self) -> FileFacts:
        """What is kept beside the content."""
        return msgspec.json.decode(self._blob.note, type=FileFacts)

    async def content(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from ``start`` to ``stop``."""
        if self._blob.content is not None:
            yield self._blob.content[start:stop]
            return
        for number in range(start // PIECE, -(-stop // PIECE)):
            with _in_our_words():
                chunk = await self._blobs.chunk(self._blob.id, number)
            if chunk is None:
                raise FilesUnavailable("a file was removed while it was read")
            begins = number * PIECE
            yield chunk[max(0, start - begins) : stop - begins]

    def close(self) -> None:
        """Nothing is held."""


async def _joined(first: Sequence[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for piece in filter(None, first):
        yield piece
    async for piece in rest:
        yield piece


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except ParseError as error:
        raise FilesUnavailable(error.detail) from error
