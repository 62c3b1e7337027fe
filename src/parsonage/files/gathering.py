"""Pieces of any length made into pieces of one length: what is written at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parsonage.files.interface import Pieces

PIECE = 256 * 1024
"""Bytes that are written or read at a time."""


async def gathered(content: Pieces, length: int = PIECE) -> AsyncIterator[bytes]:
    """The same bytes, ``length`` at a time; the last piece may be shorter."""
    parts: list[bytes] = []
    size = 0
    async for part in content:
        parts.append(part)
        size += len(part)
        while size >= length:
            whole = b"".join(parts)
            yield whole[:length]
            rest = whole[length:]
            parts, size = [rest] if rest else [], len(rest)
    if parts:
        yield b"".join(parts)
