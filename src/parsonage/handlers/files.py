"""TriggerFile: a file as a trigger sees and changes it.

Rules: reference/cloud-code.md, section 3.5.
"""

from __future__ import annotations

from typing import Any

from parsonage.files.spool import Spool

FILE = "@File"
"""What stands in the place of a class for triggers on files."""


class TriggerFile:
    """A file on its way in or out. What a trigger sets here is what is stored, or served."""

    def __init__(
        self,
        name: str,
        *,
        content_type: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: dict[str, Any] | None = None,
        directory: str | None = None,
        url: str | None = None,
        is_stream: bool = False,
    ) -> None:
        self.name = name
        """The name; before it is stored, the one that the client gave."""
        self.content_type = content_type
        """What the client, or the extension, says that it is."""
        self.metadata: dict[str, Any] = metadata or {}
        """What is stored beside it, and told to who asks for it."""
        self.tags: dict[str, Any] = tags or {}
        """What is stored beside it for the keeper of the files."""
        self.directory = directory
        """Goes before the name, with a slash."""
        self.url = url
        """Where it can be fetched, once it is stored."""
        self.is_stream = is_stream
        """Whether its client asked for no part of it to be kept in memory."""
        self.force_download = False
        """After a find: whether browsers are told to save it instead of showing it."""
        self.response_headers = {"X-Content-Type-Options": "nosniff"}
        """After a find: the headers that go with it."""
        self.stored_size: int | None = None
        """Bytes of its content as it was stored."""
        self._spool: Spool | None = None
        self._replaced: bytes | None = None

    @property
    def size(self) -> int | None:
        """Bytes of its content; ``None`` where the content is not at hand."""
        if self._replaced is not None:
            return len(self._replaced)
        return self.stored_size if self._spool is None else self._spool.size

    def take(self, spool: Spool | None) -> None:
        """Have this for content; ``None`` before it is closed."""
        self._spool = spool

    def read(self) -> bytes:
        """Its content; nothing where that is not at hand, as before a find or a delete."""
        if self._replaced is not None:
            return self._replaced
        return b"" if self._spool is None else self._spool.read()

    def replace(self, content: bytes) -> None:
        """Have other content stored, or served, in the place of this one."""
        self._replaced = content

    @property
    def replacement(self) -> bytes | None:
        """The content that was put in the place of the file's own."""
        return self._replaced
