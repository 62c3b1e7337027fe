"""Files in a folder, laid out as Parse Server's adapter for the file system lays them out.

One folder without folders inside: a name is written as a URL would have it, so that a slash in it is no slash of
a path. What begins with a dot is not a file of the app: uploads on their way, and the folder of what is kept
beside the contents.

Rules: reference/files-push.md, sections 2 and 4; advisory 101.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, ParamSpec, TypeVar
from urllib.parse import quote

import msgspec

from parsonage.files.gathering import PIECE, gathered
from parsonage.files.interface import FileFacts, FilesUnavailable, KeptFile, Pieces

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("parsonage.files")

_FACTS = ".metadata"
_AS_THEY_ARE = "!~*'()"
"""Characters that JavaScript leaves as they are in a part of a URL, beside those that Python leaves."""


class LocalFiles:
    """A folder, which is made with the first file."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)

    async def store(self, name: str, content: Pieces, facts: FileFacts) -> int:
        """Keep a file: it is written beside the others and gets its name when it is whole."""
        path = self._path(name)
        if path is None:
            raise FilesUnavailable(f"{name!r} can't be the name of a file")
        waiting = self._folder / f".upload-{secrets.token_hex(16)}"
        size, file, held = 0, None, b""
        try:
            async for piece in gathered(content):
                # One piece is held back: a short file is all done in one go to the thread, which costs as much as
                # writing it does.
                if held:
                    file = await _in_thread(self._written, file, waiting, held)
                held = piece
                size += len(piece)
            await _in_thread(self._publish, file, held, waiting, path, facts)
        except BaseException:
            if file is not None:
                file.close()
            waiting.unlink(missing_ok=True)
            raise
        return size

    def _written(self, file: IO[bytes] | None, waiting: Path, piece: bytes) -> IO[bytes]:
        """The file on its way, with a piece more."""
        if file is None:
            try:
                file = waiting.open("xb", buffering=0)
            except FileNotFoundError:
                self._folder.mkdir(parents=True, exist_ok=True)
                file = waiting.open("xb", buffering=0)
        try:
            left = memoryview(piece)
            while left:  # a full disk may take a part before it refuses the rest
                left = left[file.write(left) :]
        except BaseException:
            file.close()
            raise
        return file

    def _publish(self, file: IO[bytes] | None, last: bytes, waiting: Path, path: Path, facts: FileFacts) -> None:
        self._written(file, waiting, last).close()
        beside = self._facts_path(path)
        if facts != FileFacts():
            beside.parent.mkdir(exist_ok=True)
            written = beside.with_name(waiting.name)
            written.write_bytes(msgspec.json.encode(facts))
            written.replace(beside)
        else:
            beside.unlink(missing_ok=True)
        waiting.replace(path)

    async def find(self, name: str) -> KeptFile | None:
        """The file of a name; there is none whose name would lead out of the folder."""
        path = self._path(name)
        return None if path is None else await _in_thread(self._opened, path)

    def _opened(self, path: Path) -> KeptFile | None:
        try:
            file = path.open("rb", buffering=0)
        except (FileNotFoundError, IsADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return None
            raise
        try:
            size = os.fstat(file.fileno()).st_size
            return _OpenFile(file, size, file.read(PIECE), self._facts_path(path))
        except BaseException:
            file.close()
            raise

    async def remove(self, name: str) -> bool:
        """Remove a file and what is kept beside it."""
        path = self._path(name)
        return path is not None and await _in_thread(self._removed, path)

    def _removed(self, path: Path) -> bool:
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        self._facts_path(path).unlink(missing_ok=True)
        return True

    def _path(self, name: str) -> Path | None:
        if not name or name.startswith(".") or "\0" in name:
            return None
        try:
            return self._folder / quote(name, safe=_AS_THEY_ARE)
        except UnicodeEncodeError:
            return None

    def _facts_path(self, path: Path) -> Path:
        return self._folder / _FACTS / f"{path.name}.json"


class _OpenFile:
    """A file that is open. Its first piece was read along: of most files it is the whole."""

    def __init__(self, file: IO[bytes], size: int, first: bytes, beside: Path) -> None:
        self.size = size
        self._file = file
        self._first = first
        self._beside = beside

    async def facts(self) -> FileFacts:
        """What is kept beside the content; a file from another server has nothing."""
        return await _in_thread(_facts, self._beside)

    async def content(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from ``start`` to ``stop``."""
        at = start
        if at < len(self._first):
            piece = self._first[at:stop]
            at += len(piece)
            yield piece
        while at < stop:
            piece = await _in_thread(os.pread, self._file.fileno(), min(PIECE, stop - at), at)
            if not piece:
                raise FilesUnavailable("a file became shorter while it was read")
            at += len(piece)
            yield piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _facts(beside: Path) -> FileFacts:
    try:
        return msgspec.json.decode(beside.read_bytes(), type=FileFacts)
    except FileNotFoundError:
        return FileFacts()


async def _in_thread(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *arguments, **named)
    except OSError as error:
        log.error("files: %s", error)
        raise FilesUnavailable(str(error)) from error
