"""The ASGI application: one request → credentials, a command, a verb, a reply.

The order of the steps is observable: it decides which error wins (reference/rest-core.md, section 2).
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable
from functools import partial
from time import monotonic, perf_counter
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from parsonage.commands import Command
from parsonage.commands.batch import Batch
from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.rest import RestRequest, Result, body_of, decode
from parsonage.files.interface import FilesUnavailable
from parsonage.http import replies
from parsonage.http.addresses import client_address
from parsonage.http.asgi import Headers, Message, Receive, Scope, Send
from parsonage.http.bodies import ClientGone, effective_method, parse_body, read_body
from parsonage.http.credentials import read_credentials
from parsonage.http.files import FileRequest, FileRoutes, is_for_files
from parsonage.http.gate import Gate
from parsonage.http.metrics import PATH as METRICS_PATH
from parsonage.http.metrics import Metrics
from parsonage.http.repeats import Repeats
from parsonage.http.replies import Reply, StreamedReply
from parsonage.http.site import SiteGone, forward
from parsonage.logs import VERBOSE
from parsonage.operations.explain import explain_at_the_door
from parsonage.operations.house import House
from parsonage.operations.run import admit, run
from parsonage.protocol.errors import BodyTooLarge, ErrorCode, ParseError, RouteUnknown
from parsonage.query.read import NotAList

log = logging.getLogger("parsonage.http")

_KIND = "parsonage.command"
"""Where the scope of a request keeps the class of its command."""

_REQUEST = "parsonage.request"
_CALLER = "parsonage.caller"

HeardRefusal: TypeAlias = Callable[[RestRequest, Caller | None, ParseError], None]

_PROCESS = f"{os.getpid():x}"


class Application:
    """The door for HTTP of one house.

    ``pages`` serves what does not begin with the mount path. With ``metrics`` every request is counted, and
    ``GET /metrics`` tells of it. ``heard_refusal`` is told of every request that is refused, and of a batch of which
    an item is.
    """

    def __init__(
        self,
        house: House,
        pages: Pages | None = None,
        metrics: Metrics | None = None,
        heard_refusal: HeardRefusal | None = None,
    ) -> None:
        network = house.options.network
        self._house = house
        self._mount = network.mount_path
        self._cors = replies.Cors(network, development=house.options.development)
        self._sanitized = house.options.access.sanitized_errors
        self._seconds = network.request_timeout
        self._prefixes = network.batch_prefixes
        self._gate = Gate(house)
        self._repeats = Repeats(house.options.idempotency) if house.options.idempotency.paths else None
        self._files = FileRoutes(house, self._gate)
        self._pages = pages
        self._metrics = metrics
        self._heard_refusal = heard_refusal
        self._request_numbers = itertools.count(1)
        self.is_ready = True
        """What ``/health`` says; false while the server drains."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI wants it."""
        if scope["type"] != "http":
            return
        metrics = self._metrics
        began = 0.0 if metrics is None else perf_counter()
        headers = Headers(scope["headers"])
        cors = self._cors.headers(headers.find(b"origin"))
        method: str = scope["method"]
        path = scope["raw_path"].decode("latin-1")
        inner = self._inside(path)
        if metrics is not None and path == METRICS_PATH and method in ("GET", "HEAD"):
            await _send(send, metrics.reply(scope, headers), with_body=method != "HEAD")
            return
        if inner is None and await self._outside(scope, receive, send, method):
            return
        answer: Reply | StreamedReply
        try:
            answer = await self._answer(scope, receive, headers, method, inner, cors)
        except ParseError as error:
            if self._house.options.development:
                explain_at_the_door(error)
            self._tell_refusal(scope, error)
            answer = replies.refusal(error, cors, sanitized=self._sanitized)
        except ClientGone:
            return
        except Exception:
            log.exception("%s %s failed", method, path)
            answer = replies.crash(cors)
        await _send(send, answer, with_body=method != "HEAD")
        if metrics is not None:
            metrics.meter.request(scope.get(_KIND), answer.status, perf_counter() - began)
        if log.isEnabledFor(VERBOSE):
            log.log(VERBOSE, "%s %s %d", method, path, answer.status)

    async def _outside(self, scope: Scope, receive: Receive, send: Send, method: str) -> bool:
        """Answer what is not under the mount: a static file, else the app's own server. False if there is neither."""
        javascript = self._house.handlers.javascript
        site = None if javascript is None else javascript.site
        if self._pages is not None and method in ("GET", "HEAD"):
            if site is None:
                await self._pages(scope, receive, send)
                return True
            if await self._pages.found(scope, receive, send):
                return True
        if site is None:
            return False
        forwarded = Headers(scope["headers"]).find(b"x-forwarded-for")
        address = client_address(scope, forwarded, self._house.options.network.trust_proxy)
        try:
            await forward(site, scope, receive, send, address)
        except SiteGone:
            await _send(send, replies.text(502, "Bad Gateway", []), with_body=method != "HEAD")
        return True

    async def close(self) -> None:
        """Let go of what the door itself holds; the house stays open."""
        await self._gate.close()

    def _next_request_id(self) -> str:
        """A name for a request that brings none: this process and a running number."""
        return f"{_PROCESS}-{next(self._request_numbers)}"

    def _inside(self, path: str) -> str | None:
        """The path without the mount; one extra slash before it is forgiven."""
        if path.startswith("//"):
            path = path[1:]
        if not self._mount:
            return path
        if path.startswith(self._mount) and path[len(self._mount) : len(self._mount) + 1] in ("", "/"):
            return path[len(self._mount) :]
        return None

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        headers: Headers,
        method: str,
        inner: str | None,
        cors: replies.Headers,
    ) -> Reply | StreamedReply:
        if method == "OPTIONS":
            return replies.text(200, "OK", cors)
        if inner is None:
            raise RouteUnknown(f"Cannot {method} {scope['path']}")
        if inner.rstrip("/").lower() == "/health":
            return self._health(cors)
        if is_for_files(inner):
            return await self._file(scope, receive, headers, method, inner, cors)
        network = self._house.options.network
        body = await self._body(receive, headers, inner)
        effective = effective_method(method, body)
        address = client_address(scope, headers.find(b"x-forwarded-for"), network.trust_proxy)
        presented = read_credentials(headers, body, self._house.options.app.id, address)
        mount = self._mount_url(scope, headers)
        call = Call(
            context=presented.context,
            headers=headers,
            address=address,
            mount=mount,
            as_text=True,
            deadline=None if self._seconds is None else monotonic() + self._seconds,
            request_id=headers.find(b"x-request-id") or self._next_request_id(),
        )
        query_string: bytes = scope["query_string"]
        request = RestRequest(
            effective,
            inner,
            dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)) if query_string else {},
            body,
            self._prefixes,
        )
        self._take_note(scope, _REQUEST, request)
        command: Command | None = None
        unreadable: ParseError | None = None
        try:
            command = decode(request)
            scope[_KIND] = type(command)
        except RouteUnknown:
            unreadable = RouteUnknown(f"Cannot {effective} {scope['path']}")
        except ParseError as error:
            unreadable = error
        if not self._gate.is_open:
            await self._gate.admit(request, method, command, presented.credentials)
        caller = await admit(self._house, presented.credentials, command)
        self._take_note(scope, _CALLER, caller)
        if command is None:
            assert unreadable is not None
            if isinstance(unreadable, NotAList) and caller.is_master:
                raise unreadable.for_the_master_key
            raise unreadable
        if self._repeats is not None:
            call = self._repeats.guarded(call, headers, inner, command, self._house.clock())
        result: Result = await run(self._house, call, caller, command)
        if self._heard_refusal is not None and isinstance(command, Batch):
            self._tell_refused_item(scope, result)
        answer = replies.reply(result, mount, cors)
        if answer.status == 200 and method in ("GET", "HEAD"):
            return replies.tagged(answer, headers.find(b"if-none-match"), headers.find(b"cache-control"))
        return answer

    def _take_note(self, scope: Scope, key: str, value: object) -> None:
        """Keep with a request what is to be told if it is refused."""
        if self._heard_refusal is not None:
            scope[key] = value

    def _tell_refusal(self, scope: Scope, error: ParseError) -> None:
        request: RestRequest | None = scope.get(_REQUEST)
        if self._heard_refusal is not None and request is not None:
            self._heard_refusal(request, scope.get(_CALLER), error)

    def _tell_refused_item(self, scope: Scope, result: Result) -> None:
        refused = next((answer["error"] for answer in body_of(result) if "error" in answer), None)
        if refused is not None:
            self._tell_refusal(scope, ParseError(refused.get("code"), refused["error"]))

    async def _file(
        self, scope: Scope, receive: Receive, headers: Headers, method: str, inner: str, cors: replies.Headers
    ) -> Reply | StreamedReply:
        self._take_note(scope, _REQUEST, RestRequest(method, inner))
        call = Call(
            headers=headers,
            address=client_address(scope, headers.find(b"x-forwarded-for"), self._house.options.network.trust_proxy),
            mount=self._mount_url(scope, headers),
            request_id=headers.find(b"x-request-id") or self._next_request_id(),
        )
        note_caller = partial(self._take_note, scope, _CALLER)
        asked = FileRequest(method, inner, scope["path"], headers, receive, call, note_caller)
        return await self._files.answer(asked, cors)

    def _health(self, cors: replies.Headers) -> Reply:
        """Whether a balancer should send requests here (reference/rest-core.md, on GET /health)."""
        if not self.is_ready:
            return replies.plain(503, {"status": "stopping"}, cors)
        if not self._house.storage.condition().is_reachable:
            return replies.plain(503, {"status": "error", "database": "unreachable"}, cors)
        return replies.plain(200, {"status": "ok"}, cors)

    async def _body(self, receive: Receive, headers: Headers, inner: str) -> Any:
        content_type = headers.find(b"content-type") or ""
        declared, limit = headers.find(b"content-length"), self._house.options.network.max_upload_size
        if not (content_type[:19].lower() == "multipart/form-data" and inner.lower().startswith("/functions/")):
            return parse_body(await read_body(receive, declared, limit), content_type.lower())
        from parsonage.http.forms import read_form  # loaded where a form comes, and few ever do

        try:
            content = await read_body(receive, declared, limit)
        except BodyTooLarge:
            text = "Multipart request exceeds maximum upload size."
            raise ParseError(ErrorCode.OBJECT_TOO_LARGE, text) from None
        return read_form(content, content_type)

    def _mount_url(self, scope: Scope, headers: Headers) -> str:
        """The API's URL as this client sees it: ``Location`` and file URLs are built on it."""
        host = headers.find(b"host")
        if host is None:
            return self._house.options.network.url
        return f"{scope['scheme']}://{host}{self._mount}"


class Pages:
    """Static files at the paths that the ``public`` option names."""

    def __init__(self, folders: dict[str, str]) -> None:
        # Starlette is loaded only where there are pages to be served.
        from starlette.applications import Starlette
        from starlette.routing import Mount
        from starlette.staticfiles import StaticFiles

        longest_first = sorted(folders.items(), key=lambda item: -len(item[0]))
        self._app = Starlette(
            routes=[Mount(path, StaticFiles(directory=folder, html=True)) for path, folder in longest_first]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file, as ASGI wants it."""
        await self._app(scope, receive, send)

    async def found(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Serve a file if there is one; nothing is sent where there is none."""
        is_missing = False

        async def send_what_is_there(message: Message) -> None:
            nonlocal is_missing
            is_missing = is_missing or message.get("status") == 404
            if not is_missing:
                await send(message)

        await self._app(scope, receive, send_what_is_there)
        return not is_missing


async def _send(send: Send, answer: Reply | StreamedReply, *, with_body: bool) -> None:
    if isinstance(answer, StreamedReply):
        await _send_in_pieces(send, answer, with_body=with_body)
        return
    headers = answer.headers
    if answer.status != 304:
        headers = [*headers, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


async def _send_in_pieces(send: Send, answer: StreamedReply, *, with_body: bool) -> None:
    headers = [*answer.headers, (b"content-length", b"%d" % answer.length)]
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if with_body:
            async for piece in answer.pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    except FilesUnavailable as error:
        # The connection is cut: its client sees that bytes are missing.
        log.error("a file could not be sent to its end: %s", error)
        return
    finally:
        answer.close()
    await send({"type": "http.response.body", "body": b""})
