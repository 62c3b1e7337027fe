"""Spool: the content of one file while a trigger looks at it, in memory if it is short and on the disk if not."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator

from parsonage.files.gathering import PIECE
from parsonage.files.interface import Pieces

MOST_IN_MEMORY = 1024 * 1024
"""Bytes; what is longer goes to a temporary file, which is gone with the spool."""


class Spool:
    """Content that can be read again and again, until it is closed."""

    def __init__(self) -> None:
        # It lives as long as the spool, and is closed with it.
        self._file = tempfile.SpooledTemporaryFile(max_size=MOST_IN_MEMORY)  # noqa: SIM115
        self.size = 0

    @classmethod
    async def of(cls, content: Pieces) -> Spool:
        """Take in content from its first piece to the last."""
        spool = cls()
        try:
            async for piece in content:
                spool.add(piece)
        except BaseException:
            spool.close()
            raise
        return spool

    def add(self, piece: bytes) -> None:
        """Append to it."""
        self._file.write(piece)
        self.size += len(piece)

    def put(self, content: bytes) -> None:
        """Have this in the place of what it holds."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(content)
        self.size = len(content)

    def read(self) -> bytes:
        """All of it."""
        self._file.seek(0)
        return self._file.read()

    async def pieces(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from ``start`` to ``stop``, or to the end."""
        at, end = start, self.size if stop is None else stop
        while at < end:
            self._file.seek(at)
            piece = self._file.read(min(PIECE, end - at))
            at += len(piece)
            yield piece

    def close(self) -> None:
        """Let go of it."""
        self._file.close()
