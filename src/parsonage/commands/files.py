"""Commands on files. Their content is no JSON: it comes and goes in pieces, beside the command.

Rules: reference/files-push.md, sections 1 to 3.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import msgspec


class StoreFile(msgspec.Struct, frozen=True):
    """Store a file under a name that the server completes."""

    name: str
    content: AsyncIterator[bytes] | bytes
    content_type: str | None = None
    metadata: Mapping[str, Any] = {}
    tags: Mapping[str, Any] = {}
    directory: Any = msgspec.UNSET
    """Where the client wants it to be, unread: the master key may say so."""
    is_stream: bool = False
    """Whether its client asked for no part of it to be kept in memory."""


class FetchFile(msgspec.Struct, frozen=True):
    """Read a file, or a part of it."""

    name: str
    range: str | None = None
    """What part, as the header ``Range`` says it."""


class GetFileMetadata(msgspec.Struct, frozen=True):
    """Read what was stored beside a file."""

    name: str


class DeleteFile(msgspec.Struct, frozen=True):
    """Remove a file, with the master key."""

    name: str


class FileContent(msgspec.Struct, frozen=True):
    """A file on its way to a client. Whoever gets it calls ``close``, whether it read the pieces or not."""

    pieces: AsyncIterator[bytes]
    close: Callable[[], None]
    content_type: str
    size: int
    """Bytes of the whole file."""
    start: int
    stop: int
    """The part that ``pieces`` is, ``stop`` excluded."""
    is_part: bool
    headers: Mapping[str, str]
