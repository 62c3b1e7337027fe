"""Files: what the house asks of a place that keeps files. Content comes and goes in pieces, never as a whole.

A name is what a File value holds: it may have slashes, and any characters at all where it comes from a request.
Every method may raise ``FilesUnavailable``; the reason stands in the log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol, TypeAlias

import msgspec

Pieces: TypeAlias = AsyncIterator[bytes]
"""The content of a file, or a part of it, piece by piece."""


class FilesUnavailable(Exception):
    """A file could not be kept, read or removed just now."""


class NotDecrypted(FilesUnavailable):
    """The content was encrypted with a key that is not known here, or was changed since."""


class FileFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a file beside its content."""

    metadata: Mapping[str, Any] = {}
    tags: Mapping[str, Any] = {}


class KeptFile(Protocol):
    """A file that was found. It is closed by whoever found it."""

    @property
    def size(self) -> int:
        """How many bytes the content has."""
        ...

    async def facts(self) -> FileFacts:
        """What is kept beside the content."""
        ...

    def content(self, start: int, stop: int) -> Pieces:
        """The bytes from ``start`` to ``stop``, the latter excluded."""
        ...

    def close(self) -> None:
        """Let go of it. It may be done twice."""
        ...


class Files(Protocol):
    """One place that keeps files."""

    async def store(self, name: str, content: Pieces, facts: FileFacts) -> int:
        """Keep a file, in the place of one of the same name; its size in bytes.

        Nobody sees it before it is there as a whole, and what ``content`` raises leaves nothing behind.
        """
        ...

    async def find(self, name: str) -> KeptFile | None:
        """The file of a name, if there is one."""
        ...

    async def remove(self, name: str) -> bool:
        """Remove a file; whether there was one."""
        ...
