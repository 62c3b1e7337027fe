"""Storing, fetching and removing files, in the order of checks that clients see.

Rules: reference/files-push.md, sections 1 to 3; reference/cloud-code.md, section 3.5; PB098.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.files import DeleteFile, FetchFile, FileContent, GetFileMetadata, StoreFile
from parsonage.commands.objects import Plain
from parsonage.files.interface import FileFacts, FilesUnavailable, KeptFile, NotDecrypted, Pieces
from parsonage.files.spool import Spool
from parsonage.handlers.files import FILE, TriggerFile
from parsonage.handlers.registry import Invocation, Kind
from parsonage.operations.files import file_url
from parsonage.operations.house import House
from parsonage.operations.triggers import call_handler, trigger_for
from parsonage.policies.files import check_directory, check_downloader, check_name, check_type, check_uploader
from parsonage.policies.reserved import refuse_denied_keywords
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import (
    ErrorCode,
    FileNotDeleted,
    FileNotFound,
    FileNotSaved,
    FileOutOfReach,
    InvalidJSON,
    NeedsMasterKey,
    NeedsWritingKey,
    ParseError,
    RangeNotSatisfiable,
)
from parsonage.protocol.media_types import as_content_type, extension_for, media_type_of
from parsonage.protocol.values import File

log = logging.getLogger("parsonage.files")

_UNKNOWN_TYPE = "application/octet-stream"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PLAIN_NAME = re.compile(r"[\w.~-]+", re.ASCII)


class DownloadRefused(ParseError):
    """A trigger would not let a file be read: 403, whatever the code."""

    @property
    def http_status(self) -> int:
        """403, whatever the code."""
        return 403


async def store_file(house: House, call: Call, caller: Caller, command: StoreFile) -> Plain:
    """Store a file; the answer has its name and where it can be fetched.

    Raises FileNotSaved (130), InvalidFileName (122), OperationForbidden (119), InvalidKeyName (105), and what the
    triggers raise.
    """
    if caller.is_read_only:
        raise NeedsWritingKey(detail="read-only masterKey isn't allowed to create a file.")
    check_uploader(house.options.uploads, caller)
    check_name(command.name)
    if not caller.is_master:
        check_type(house.options.uploads, command.name, command.content_type)
    if command.directory is not msgspec.UNSET:
        check_directory(command.directory, caller)
    content = _pieces(command.content) if command.is_stream else await _begun(_pieces(command.content))
    metadata, tags = _document(house, command.metadata), _document(house, command.tags)
    file = TriggerFile(
        command.name,
        content_type=media_type_of(command.name) or command.content_type,
        metadata=metadata,
        tags=tags,
        directory=None if command.directory is msgspec.UNSET else command.directory,
        is_stream=command.is_stream,
    )
    with _failing_as(FileNotSaved):
        if trigger_for(house, Kind.BEFORE_SAVE, FILE, caller) is None:
            await _store(house, call, file, content)
        else:
            await _store_after_trigger(house, call, caller, file, content)
        await _run(house, call, caller, Kind.AFTER_SAVE, file)
    assert file.url is not None
    return Plain({"url": file.url, "name": file.name}, status=201, headers={"Location": file.url})


def _pieces(content: AsyncIterator[bytes] | bytes) -> Pieces:
    return _one(content) if isinstance(content, bytes) else content


async def _begun(pieces: Pieces) -> Pieces:
    """The content, if there is any: its first piece is waited for. Of a stream Parse Server takes nothing, too."""
    async for first in pieces:
        if first:
            return _joined(first, pieces)
    raise FileNotSaved("Invalid file upload.")


async def _one(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


async def _joined(first: bytes, rest: Pieces) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def _document(house: House, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise InvalidJSON("metadata and tags must be objects")
    operations = {key: op.Set(value) for key, value in given.items()}
    refuse_denied_keywords(operations, house.options.access.denied_keywords)
    return dict(given)


async def _store_after_trigger(house: House, call: Call, caller: Caller, file: TriggerFile, content: Pieces) -> None:
    spool = await Spool.of(content)
    try:
        file.take(spool)
        returned = await _run(house, call, caller, Kind.BEFORE_SAVE, file)
        if isinstance(returned, File) and returned.url is not None:
            file.name, file.url = returned.name, returned.url  # it is stored already, wherever that may be
            return
        replacement = file.replacement
        await _store(house, call, file, spool.pieces() if replacement is None else _one(replacement))
    finally:
        file.take(None)
        spool.close()


async def _store(house: House, call: Call, file: TriggerFile, content: Pieces) -> None:
    name = _stored_name(file, prefixed=not house.options.files.preserve_names)
    facts = FileFacts(file.metadata, file.tags)
    try:
        file.stored_size = await house.files.store(name, content, facts)
    except FilesUnavailable as error:
        log.error("the file %s could not be stored: %s", name, error)
        raise FileNotSaved(f"Could not store file: {file.name}.") from error
    file.name, file.url = name, file_url(house, call, name)


def _stored_name(file: TriggerFile, *, prefixed: bool) -> str:
    """The name that a file is stored under: with an extension, a random prefix, its directory."""
    name = file.name
    if not name.rpartition(".")[2] or "." not in name:
        extension = extension_for(file.content_type) if file.content_type else None
        if extension is not None:
            name = f"{name}{extension}" if name.endswith(".") else f"{name}.{extension}"
    if prefixed:
        name = f"{secrets.token_hex(16)}_{name}"
    return name if file.directory is None else f"{file.directory}/{name}"


async def fetch_file(house: House, call: Call, caller: Caller, command: FetchFile) -> FileContent:
    """Read a file, or a part of it.

    Raises FileNotFound (404), FileOutOfReach (503), RangeNotSatisfiable (416), OperationForbidden (119) for who may
    not fetch files, and DownloadRefused (403) with what the triggers raise.
    """
    check_downloader(house.options.downloads, caller)
    name, file = await _asked_for(house, call, caller, command.name)
    kept = await _found(house, name)
    try:
        if trigger_for(house, Kind.AFTER_FIND, FILE, caller) is not None:
            return await _after_trigger(house, call, caller, file, kept, command.range)
        return _content(file, kept.size, command.range, kept.content, kept.close)
    except BaseException:
        kept.close()
        raise


async def read_file(house: House, call: Call, caller: Caller, command: FetchFile) -> Plain:
    """The bytes of a file as a whole, for callers inside. Raises what ``fetch_file`` raises."""
    content = await fetch_file(house, call, caller, command)
    try:
        return Plain(b"".join([piece async for piece in content.pieces]))
    finally:
        content.close()


async def get_file_metadata(house: House, call: Call, caller: Caller, command: GetFileMetadata) -> Plain:
    """What was stored beside a file; an empty answer where there is no such file."""
    check_downloader(house.options.downloads, caller)
    name, file = await _asked_for(house, call, caller, command.name)
    try:
        kept = await _found(house, name)
    except FileNotFound:
        return Plain({})
    try:
        facts = await kept.facts()
    except FilesUnavailable as error:
        log.error("the metadata of %s could not be read: %s", name, error)
        return Plain({})
    finally:
        kept.close()
    with _refusing():
        await _run(house, call, caller, Kind.AFTER_FIND, file)
    return Plain({"metadata": facts.metadata})


async def delete_file(house: House, call: Call, caller: Caller, command: DeleteFile) -> Plain:
    """Remove a file, with the master key. Raises FileNotDeleted (153) and what the triggers raise."""
    if not caller.is_master:
        raise NeedsMasterKey
    if caller.is_read_only:
        raise NeedsWritingKey(detail="read-only masterKey isn't allowed to delete a file.")
    file = TriggerFile(command.name, url=file_url(house, call, command.name))
    with _failing_as(FileNotDeleted):
        await _run(house, call, caller, Kind.BEFORE_DELETE, file)
        try:
            removed = await house.files.remove(command.name)
        except FilesUnavailable as error:
            log.error("the file %s could not be removed: %s", command.name, error)
            raise FileNotDeleted from error
        if not removed:
            raise FileNotDeleted
        await _run(house, call, caller, Kind.AFTER_DELETE, file)
    return Plain(None)


async def _asked_for(house: House, call: Call, caller: Caller, name: str) -> tuple[str, TriggerFile]:
    """The name that is to be served, after the beforeFind, and the file as triggers see it."""
    file = TriggerFile(name, content_type=media_type_of(name))
    with _refusing():
        returned = await _run(house, call, caller, Kind.BEFORE_FIND, file)
    if isinstance(returned, File):
        file.name = returned.name
    if file.name != name:
        file.content_type = media_type_of(file.name)
    return file.name, file


async def _found(house: House, name: str) -> KeptFile:
    try:
        kept = await house.files.find(name)
    except FilesUnavailable as error:
        log.error("the file %s could not be read: %s", name, error)
        raise (FileNotFound if isinstance(error, NotDecrypted) else FileOutOfReach) from error
    if kept is None:
        raise FileNotFound
    return kept


async def _after_trigger(
    house: House, call: Call, caller: Caller, file: TriggerFile, kept: KeptFile, asked: str | None
) -> FileContent:
    """The file as the afterFind leaves it, which may have looked at the content, or changed it."""
    spool = await Spool.of(kept.content(0, kept.size))
    kept.close()
    try:
        file.take(spool)
        with _refusing():
            await _run(house, call, caller, Kind.AFTER_FIND, file)
        if file.replacement is not None:
            spool.put(file.replacement)
        return _content(file, spool.size, asked, spool.pieces, spool.close)
    except BaseException:
        spool.close()
        raise


def _content(
    file: TriggerFile, size: int, asked: str | None, pieces: Callable[[int, int], Pieces], close: Callable[[], None]
) -> FileContent:
    headers = dict(file.response_headers)
    if file.force_download:
        headers["Content-Disposition"] = _attachment(file.name)
    part = _part(asked, size)
    start, stop = part or (0, size)
    content_type = as_content_type(media_type_of(file.name) or _UNKNOWN_TYPE)
    return FileContent(pieces(start, stop), close, content_type, size, start, stop, part is not None, headers)


def _part(asked: str | None, size: int) -> tuple[int, int] | None:
    """The part that a ``Range`` asks for; ``None`` means the whole, as for what is no single range of bytes."""
    found = _RANGE.fullmatch(asked.replace(" ", "")) if asked else None
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        if not length:
            raise RangeNotSatisfiable(size)
        return size - length, size
    start = int(found[1])
    last = int(found[2]) if found[2] else size - 1
    if found[2] and last < start:
        return None
    if start >= size:
        raise RangeNotSatisfiable(size)
    return start, min(last + 1, size)


def _attachment(name: str) -> str:
    """``Content-Disposition``: what a name may hold must not end the header, nor begin another parameter."""
    last = name.rpartition("/")[2]
    if _PLAIN_NAME.fullmatch(last):
        return f"attachment;filename={last}"
    return f"attachment;filename*=UTF-8''{quote(last, safe='')}"


async def _run(house: House, call: Call, caller: Caller, kind: Kind, file: TriggerFile) -> Any:
    """Run a trigger on files, if there is one; what it returns."""
    handler = trigger_for(house, kind, FILE, caller)
    if handler is None:
        return None
    if handler.needs_roles:
        caller = await house.callers.with_roles(caller)
    invocation = Invocation(kind=kind, name=FILE, caller=caller, call=call, file=file)
    return await call_handler(house, handler, invocation)


@contextmanager
def _failing_as(error: type[FileNotSaved | FileNotDeleted]) -> Iterator[None]:
    """A trigger that fails without a code of its own fails with that of the verb."""
    try:
        yield
    except ParseError as failure:
        if failure.code != ErrorCode.SCRIPT_FAILED:
            raise
        raise error(failure.message) from failure


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except ParseError as failure:
        raise DownloadRefused(failure.code, failure.message) from failure
