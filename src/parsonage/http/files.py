"""The routes of files: content streams in and out here, everything else is the verbs' business.

They stand before all others: a body is no JSON, no ``_method`` is looked for, and a link needs no keys.

Rules: reference/files-push.md, sections 1 to 3; advisory 108.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import unquote

import msgspec
import orjson

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.files import DeleteFile, FetchFile, FileContent, GetFileMetadata, StoreFile
from parsonage.commands.rest import RestRequest, read_file_form
from parsonage.http import replies
from parsonage.http.asgi import Headers, Receive
from parsonage.http.bodies import ClientGone, read_body
from parsonage.http.credentials import Presented, read_credentials
from parsonage.http.gate import Gate
from parsonage.http.replies import Reply, StreamedReply
from parsonage.operations.file_verbs import fetch_file
from parsonage.operations.house import House
from parsonage.operations.run import admit, run
from parsonage.options.kinds import SIZE, WrongValue
from parsonage.protocol.credentials import Credentials
from parsonage.protocol.errors import (
    BodyTooLarge,
    FileNotFound,
    FileNotSaved,
    FileOutOfReach,
    InvalidFileName,
    InvalidJSON,
    NeedsMasterKey,
    ParseError,
    RangeNotSatisfiable,
    RouteUnknown,
    Unauthorized,
    UnknownApplication,
)

_IS_FILE_PATH = re.compile(r"/files(?:/|$)", re.IGNORECASE)


def is_for_files(path: str) -> bool:
    """Whether a path, without the mount, is one of these routes."""
    return path[1:2] in "fF" and _IS_FILE_PATH.match(path) is not None


class FileRequest(msgspec.Struct, frozen=True):
    """A request for a file, as it came."""

    method: str
    path: str
    """Without the mount, as it was sent."""
    shown_path: str
    headers: Headers
    receive: Receive
    call: Call
    note_caller: Callable[[Caller], None]
    """Told who asks, as soon as that is known."""

    def segments(self) -> list[str]:
        """What stands behind ``/files``, decoded."""
        _, _, *segments = self.path.split("/")
        return [unquote(segment) for segment in segments if segment]


class FileRoutes:
    """Answers for the files of one house."""

    def __init__(self, house: House, gate: Gate) -> None:
        self._house = house
        self._gate = gate
        self._app_id = house.options.app.id
        self._limit = house.options.network.max_upload_size

    async def answer(self, request: FileRequest, cors: replies.Headers) -> Reply | StreamedReply:
        """Answer one request. Raises ParseError."""
        segments = request.segments()
        match request.method:
            case "GET" | "HEAD" if len(segments) > 2 and segments[1] == "metadata":
                return await self._metadata(request, segments[0], "/".join(segments[2:]), cors)
            case "GET" | "HEAD" if len(segments) > 1:
                return await self._fetch(request, segments[0], "/".join(segments[1:]), cors)
            case "POST" if not segments:
                raise InvalidFileName("Filename not provided.")
            case "POST" if len(segments) == 1:
                return await self._store(request, segments[0], cors)
            case "DELETE" if segments:
                return await self._delete(request, "/".join(segments), cors)
        raise RouteUnknown(f"Cannot {request.method} {request.shown_path}")

    async def _store(self, request: FileRequest, name: str, cors: replies.Headers) -> Reply:
        headers, call = request.headers, request.call
        limit = self._upload_limit(headers, call.address)
        is_stream = headers.find(b"x-parse-upload-mode") == "stream"
        too_large = FileNotSaved(f"File size exceeds maximum allowed: {limit} bytes.") if is_stream else BodyTooLarge()
        declared = headers.find(b"content-length")
        if declared is not None and declared.isdigit() and int(declared) > limit:
            raise too_large
        body: Any = {}
        if not is_stream and not self._is_known(headers):
            # An SDK in a browser says in its body who it is: only a whole body can be read as JSON.
            body = _json(await read_body(request.receive, declared, limit))
            content_type = body.get("_ContentType")
        caller = await self._writer(request, read_credentials(headers, body, self._app_id, call.address))
        if body:
            command = read_file_form(name, {**body, "_ContentType": content_type})
        else:
            content = _arriving(request.receive, limit, too_large)
            command = StoreFile(name, content, headers.find(b"content-type"), is_stream=is_stream)
            if is_stream:
                command = _with_extras(command, headers)
        return replies.reply(await run(self._house, call, caller, command), call.mount, cors)

    async def _writer(self, request: FileRequest, presented: Presented) -> Caller:
        if not self._gate.is_open:
            asked = RestRequest(request.method, request.path)
            await self._gate.admit(asked, request.method, None, presented.credentials)
        caller = await admit(self._house, presented.credentials, None)
        request.note_caller(caller)
        return caller

    def _is_known(self, headers: Headers) -> bool:
        """Whether the headers say by themselves for which app the request is."""
        return headers.find(b"x-parse-application-id") == self._app_id or headers.find(b"authorization") is not None

    def _upload_limit(self, headers: Headers, address: str) -> int:
        """Bytes that may come; with the master key, what a header says. Raises FileNotSaved (130)."""
        text = headers.find(b"x-parse-file-max-upload-size")
        if not text:
            return self._limit
        if headers.find(b"x-parse-application-id") != self._app_id:
            raise UnknownApplication
        credentials = Credentials(self._app_id, master_key=headers.find(b"x-parse-master-key"), address=address)
        try:
            keyed = self._house.callers.prove_keys(credentials)
        except Unauthorized:
            keyed = None
        if keyed is None or keyed.is_read_only:
            raise NeedsMasterKey
        try:
            size: int = SIZE.read(text)
        except WrongValue:
            raise FileNotSaved(f"Invalid maxUploadSize override value: {text}") from None
        return size

    async def _fetch(
        self, request: FileRequest, app_id: str, name: str, cors: replies.Headers
    ) -> Reply | StreamedReply:
        if app_id != self._app_id:
            raise UnknownApplication
        try:
            caller = await self._reader(request)
            command = FetchFile(name, request.headers.find(b"range"))
            content = await fetch_file(self._house, request.call, caller, command)
        except (FileNotFound, FileOutOfReach) as missing:
            return replies.text(missing.status, missing.message, cors)
        except RangeNotSatisfiable as error:
            return replies.with_header(
                replies.refusal(error, cors, sanitized=True), b"content-range", b"bytes */%d" % error.size
            )
        return _streamed(content, cors)

    async def _metadata(self, request: FileRequest, app_id: str, name: str, cors: replies.Headers) -> Reply:
        if app_id != self._app_id:
            return replies.plain(200, {}, cors)
        caller = await self._reader(request)
        return replies.reply(await run(self._house, request.call, caller, GetFileMetadata(name)), "", cors)

    async def _reader(self, request: FileRequest) -> Caller:
        find = request.headers.find
        self._house.callers.look_around()
        is_ours = find(b"x-parse-application-id") == self._app_id
        credentials = Credentials(
            self._app_id,
            master_key=find(b"x-parse-master-key") if is_ours else None,
            maintenance_key=find(b"x-parse-maintenance-key") if is_ours else None,
            session_token=find(b"x-parse-session-token") or None,
            installation_id=find(b"x-parse-installation-id") or None,
            address=request.call.address,
        )
        caller = await self._house.callers.resolve_reader(credentials, self._house.clock())
        request.note_caller(caller)
        return caller

    async def _delete(self, request: FileRequest, name: str, cors: replies.Headers) -> Reply:
        presented = read_credentials(request.headers, {}, self._app_id, request.call.address)
        caller = await self._writer(request, presented)
        await run(self._house, request.call, caller, DeleteFile(name))
        return Reply(200, [*cors], b"")


def _json(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise Unauthorized from None
    if not isinstance(body, dict):
        raise Unauthorized
    return body


def _with_extras(command: StoreFile, headers: Headers) -> StoreFile:
    """What a streamed upload says in headers, since its body is the content."""
    directory = headers.find(b"x-parse-file-directory")
    return msgspec.structs.replace(
        command,
        metadata=_extra(headers, b"x-parse-file-metadata", "X-Parse-File-Metadata"),
        tags=_extra(headers, b"x-parse-file-tags", "X-Parse-File-Tags"),
        directory=directory or msgspec.UNSET,
    )


def _extra(headers: Headers, name: bytes, shown: str) -> dict[str, Any]:
    text = headers.find(name)
    if not text:
        return {}
    try:
        value = orjson.loads(text.encode("latin-1"))
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise InvalidJSON(f"Invalid JSON in {shown} header.")
    return value


async def _arriving(receive: Receive, limit: int, too_large: ParseError) -> AsyncIterator[bytes]:
    """The body piece by piece. Raises ``too_large`` as soon as more than ``limit`` bytes have come."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise too_large
        more = message.get("more_body", False)
        yield piece


def _streamed(content: FileContent, cors: replies.Headers) -> StreamedReply:
    headers = [
        *cors,
        (b"content-type", content.content_type.encode("latin-1")),
        (b"accept-ranges", b"bytes"),
        *replies.custom(content.headers),
    ]
    if content.is_part:
        last = b"bytes %d-%d/%d" % (content.start, content.stop - 1, content.size)
        headers.append((b"content-range", last))
    status = 206 if content.is_part else 200
    return StreamedReply(status, headers, content.stop - content.start, content.pieces, content.close)
