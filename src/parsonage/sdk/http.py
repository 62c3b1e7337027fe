"""A transport over HTTP, to any Parse server.

Rules: reference/rest-core.md, sections 3, 5 and 7. Retries are those of the JavaScript SDK.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit
from weakref import WeakKeyDictionary

import httpx
import msgspec
import orjson

from parsonage.commands import Command, DeleteFile, FetchFile, GetFileMetadata, StartJob, StoreFile
from parsonage.commands.rest import RestRequest
from parsonage.commands.rest_client import rest_request
from parsonage.protocol.errors import ConnectionFailed, FileNotFound, NeedsMasterKey
from parsonage.sdk.authority import Authority
from parsonage.sdk.errors import error_of
from parsonage.sdk.file import file_call

LONGEST_QUERY = 2000
"""Characters of a query string; what is longer goes into a body, since proxies cut URLs."""

JOB_STATUS_HEADER = "X-Parse-Job-Status-Id"


class ClientKeys(msgspec.Struct, frozen=True):
    """What the requests of an app are signed with; the master key only where it is asked for."""

    application_id: str
    rest_api_key: str | None = None
    javascript_key: str | None = None
    client_key: str | None = None
    master_key: str | None = None

    def headers(self, authority: Authority) -> dict[str, str]:
        """The headers of a request on some authority. Raises NeedsMasterKey (403) where there is no master key."""
        if authority.is_master and self.master_key is None:
            raise NeedsMasterKey
        headers = {
            "X-Parse-Application-Id": self.application_id,
            "X-Parse-REST-API-Key": self.rest_api_key,
            "X-Parse-Javascript-Key": self.javascript_key,
            "X-Parse-Client-Key": self.client_key,
            "X-Parse-Master-Key": self.master_key if authority.is_master else None,
            "X-Parse-Session-Token": authority.session_token,
            "X-Parse-Installation-Id": authority.installation_id,
            "X-Parse-Cloud-Context": orjson.dumps(authority.context).decode() if authority.context else None,
        }
        return {name: value for name, value in headers.items() if value is not None}


class Retries(msgspec.Struct, frozen=True):
    """How often a request is tried, and how long it waits before the next try.

    A read is sent again after a lost connection or a status of 500 and more; a write only if the
    connection was refused, for nobody else knows whether it was carried out.
    """

    attempts: int = 5
    first_pause: float = 0.125
    """Seconds, at most; doubled with each attempt, and a random part of it is waited."""

    def pause(self, attempt: int) -> float:
        """Seconds to wait after the attempt with this number, counted from 0."""
        # Not one moment for all clients of a server that comes back.
        return random.uniform(0, self.first_pause * 2.0**attempt)


Clients: TypeAlias = WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient]


class HttpTransport:
    """Carries commands over HTTP. Connections are kept, apart for each event loop."""

    def __init__(self, url: str, keys: ClientKeys, *, timeout: float = 60.0, retries: Retries | None = None) -> None:
        self._url = url.rstrip("/")
        self._mount = urlsplit(self._url).path
        self._keys = keys
        self._timeout = timeout
        self._retries = retries or Retries()
        self._clients: Clients = WeakKeyDictionary()

    @property
    def loop(self) -> None:
        """Any loop will do."""
        return

    async def send(self, command: Command, authority: Authority) -> Any:
        """Have a command carried out. Raises ParseError; ConnectionFailed (100) where no answer came."""
        if isinstance(command, (StoreFile, FetchFile, GetFileMetadata, DeleteFile)):
            return await self._send_file(command, authority)
        request = rest_request(command, self._mount)
        response = await self._answered(request, self._keys.headers(authority))
        body = _json(response)
        if response.is_error:
            raise error_of(body if isinstance(body, dict) else {}, response.status_code)
        if isinstance(command, StartJob):
            return {"jobStatusId": response.headers[JOB_STATUS_HEADER]}
        return body

    async def _send_file(
        self, command: StoreFile | FetchFile | GetFileMetadata | DeleteFile, authority: Authority
    ) -> Any:
        call = file_call(command, self._keys.application_id)
        keys = {name.encode(): value.encode() for name, value in self._keys.headers(authority).items()}
        headers = {**keys, **call.headers}
        url = self._url + call.path
        try:
            response = await self._client().request(call.method, url, headers=headers, content=call.content)
        except httpx.HTTPError as failure:
            raise ConnectionFailed(f"{self._url} did not answer: {str(failure) or type(failure).__name__}") from failure
        if response.status_code == FileNotFound.status and isinstance(command, FetchFile):
            raise FileNotFound
        if response.is_error:
            body = _json(response)
            raise error_of(body if isinstance(body, dict) else {}, response.status_code)
        if isinstance(command, FetchFile):
            return response.content
        return _json(response) if response.content else None

    async def _answered(self, request: RestRequest, headers: Mapping[str, str]) -> httpx.Response:
        is_read = request.method == "GET"
        attempt = 0
        while True:
            try:
                response = await self._sent(request, headers)
            except httpx.HTTPError as failure:
                is_safe = is_read or isinstance(failure, httpx.ConnectError)
                if not is_safe or attempt + 1 >= self._retries.attempts:
                    raise ConnectionFailed(
                        f"{self._url} did not answer: {str(failure) or type(failure).__name__}"
                    ) from failure
            else:
                if response.status_code < 500 or not is_read or attempt + 1 >= self._retries.attempts:
                    return response
            await asyncio.sleep(self._retries.pause(attempt))
            attempt += 1

    async def _sent(self, request: RestRequest, headers: Mapping[str, str]) -> httpx.Response:
        method, url, body = request.method, self._url + request.path, request.body
        if method == "GET":
            query = query_string(request.fields)
            if len(query) > LONGEST_QUERY:
                method, body = "POST", {"_method": "GET", **request.fields}
            else:
                url, body = f"{url}?{query}" if query else url, None
        if body is None:
            return await self._client().request(method, url, headers=headers)
        headers = {**headers, "Content-Type": "application/json"}
        return await self._client().request(method, url, headers=headers, content=orjson.dumps(body))

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = httpx.AsyncClient(timeout=self._timeout)
        return client

    async def close(self) -> None:
        """Close the connections that belong to the running event loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()


def query_string(parameters: Mapping[str, Any]) -> str:
    """Parameters of a GET in a query string: text as it is, everything else as JSON."""
    return urlencode({name: _as_text(value) for name, value in parameters.items()})


def _as_text(value: Any) -> str:
    # The server tries each value as JSON first: text that is JSON, such as a key named true, is quoted.
    if isinstance(value, str) and value not in _JSON_WORDS:
        return value
    return orjson.dumps(value).decode()


_JSON_WORDS = frozenset({"true", "false", "null"})


def _json(response: httpx.Response) -> Any:
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        if response.is_error:
            return {"error": response.reason_phrase}  # an HTML page: an unknown route, or a proxy's own words
        raise ConnectionFailed("the answer is not JSON: is this the URL of a Parse server?") from None
