"""A file on its way to the server: as a command, and as HTTP.

Rules: reference/files-push.md, sections 1 to 3.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
import orjson

from parsonage.commands.files import DeleteFile, FetchFile, GetFileMetadata, StoreFile


def upload_of(
    name: str,
    content: bytes,
    content_type: str | None,
    metadata: Mapping[str, Any] | None,
    tags: Mapping[str, str] | None,
    directory: str | None,
) -> StoreFile:
    """The command that stores a file."""
    there: Any = msgspec.UNSET if directory is None else directory
    return StoreFile(name, content, content_type, metadata or {}, tags or {}, there)


class FileCall(msgspec.Struct, frozen=True):
    """A request about a file; its body is no JSON."""

    method: str
    path: str
    """Below the URL of the API."""
    headers: Mapping[bytes, bytes] = {}
    content: bytes | AsyncIterator[bytes] | None = None


def file_call(command: StoreFile | FetchFile | GetFileMetadata | DeleteFile, application_id: str) -> FileCall:
    """The request for a command on files."""
    name, app = quote(command.name, safe=""), quote(application_id, safe="")
    match command:
        case StoreFile():
            return FileCall("POST", f"/files/{name}", _headers(command), command.content)
        case FetchFile():
            return FileCall("GET", f"/files/{app}/{name}")
        case GetFileMetadata():
            return FileCall("GET", f"/files/{app}/metadata/{name}")
        case DeleteFile():
            return FileCall("DELETE", f"/files/{name}")


def _headers(command: StoreFile) -> dict[bytes, bytes]:
    headers = {} if command.content_type is None else {b"Content-Type": command.content_type.encode()}
    has_directory = command.directory is not msgspec.UNSET
    if not (command.metadata or command.tags or has_directory):
        return headers
    # The body is the content: what stands beside it travels in headers, and only of a stream are they read.
    headers[b"X-Parse-Upload-Mode"] = b"stream"
    if command.metadata:
        headers[b"X-Parse-File-Metadata"] = orjson.dumps(command.metadata)
    if command.tags:
        headers[b"X-Parse-File-Tags"] = orjson.dumps(command.tags)
    if has_directory:
        headers[b"X-Parse-File-Directory"] = str(command.directory).encode()
    return headers
