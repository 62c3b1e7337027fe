"""The transport over HTTP: what stands in a request, and when it is sent again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from parsonage.commands import CallFunction, Create, Find, Get, StartJob
from parsonage.commands.objects import NewObject, Projection
from parsonage.protocol.errors import (
    ConnectionFailed,
    DuplicateValue,
    InternalError,
    NeedsMasterKey,
    ObjectNotFound,
    ParseError,
    RouteUnknown,
    Unauthorized,
)
from parsonage.query.model import Equals, In, Query
from parsonage.sdk import MASTER, NOBODY, Authority, Client
from parsonage.sdk.http import ClientKeys, HttpTransport, Retries

KEYS = ClientKeys("app", rest_api_key="rest", master_key="master")


class Door(ThreadingHTTPServer):
    """A web server that remembers requests, and answers in the order given: status, body, headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Remembering)
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.answers: list[tuple[int, Any, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/parse"

    def transport(self, *answers: tuple[int, Any], headers: dict[str, str] | None = None) -> HttpTransport:
        self.answers = [(status, body, headers or {}) for status, body in answers]
        return HttpTransport(self.url, KEYS, retries=Retries(first_pause=0))


class Remembering(BaseHTTPRequestHandler):
    server: Door
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.requests.append(
            (self.command, self.path, dict(self.headers), json.loads(content) if content else None)
        )
        status, body, headers = self.server.answers.pop(0)
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 (http.server finds them by these names)

    def log_message(self, *words: Any) -> None:
        return


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class TestRequests:
    async def test_keys_and_session_stand_in_the_headers(self, door: Door) -> None:
        transport = door.transport((200, {}))

        await transport.send(
            Get("Note", "n1"), Authority(session_token="r:ada", context={"a": 1}, installation_id="i1")
        )
        await transport.close()

        [(method, path, headers, _)] = door.requests
        assert (method, path) == ("GET", "/parse/classes/Note/n1")
        assert {name: value for name, value in headers.items() if name.lower().startswith("x-parse")} == {
            "X-Parse-Application-Id": "app",
            "X-Parse-REST-API-Key": "rest",
            "X-Parse-Session-Token": "r:ada",
            "X-Parse-Installation-Id": "i1",
            "X-Parse-Cloud-Context": '{"a":1}',
        }

    async def test_the_master_key_is_shown_only_where_it_is_asked_for(self, door: Door) -> None:
        transport = door.transport((200, {}), (200, {}))

        await transport.send(Get("Note", "n1"), NOBODY)
        await transport.send(Get("Note", "n1"), MASTER)
        await transport.close()

        [(_, _, before, _), (_, _, after, _)] = door.requests
        assert ("X-Parse-Master-Key" in before, after["X-Parse-Master-Key"]) == (False, "master")

    async def test_without_a_master_key_nothing_is_sent_in_its_name(self, door: Door) -> None:
        with pytest.raises(NeedsMasterKey):
            await HttpTransport(door.url, ClientKeys("app")).send(Get("Note", "n1"), MASTER)

        assert door.requests == []

    async def test_a_find_is_a_get_with_a_query_string(self, door: Door) -> None:
        transport = door.transport((200, {"results": []}))

        query = Query("Note", Equals("text", "a&b"), limit=5)
        await transport.send(Find(query, Projection(keys=("true",))), NOBODY)
        await transport.close()

        [(method, path, _, _)] = door.requests
        assert method == "GET"
        assert parse_qs(urlsplit(path).query) == {"where": ['{"text":"a&b"}'], "limit": ["5"], "keys": ['"true"']}

    async def test_a_long_find_is_posted_with_its_method_in_the_body(self, door: Door) -> None:
        transport = door.transport((200, {"results": []}))
        ids = tuple(f"{number:010}" for number in range(300))

        await transport.send(Find(Query("Note", In("objectId", ids))), NOBODY)
        await transport.close()

        [(method, path, _, body)] = door.requests
        assert (method, path) == ("POST", "/parse/classes/Note")
        assert body == {"_method": "GET", "where": {"objectId": {"$in": list(ids)}}}

    async def test_the_id_of_a_job_s_status_is_read_from_its_header(self, door: Door) -> None:
        transport = door.transport((200, {}), headers={"X-Parse-Job-Status-Id": "j1"})

        assert await transport.send(StartJob("mark"), MASTER) == {"jobStatusId": "j1"}

        await transport.close()


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "code"),
        [
            (404, {"code": 101, "error": "Object not found."}, ObjectNotFound, 101),
            (400, {"code": 137, "error": "A duplicate value"}, DuplicateValue, 137),
            (400, {"code": 4711, "error": "no more seats"}, ParseError, 4711),
            (403, {"error": "unauthorized"}, Unauthorized, -1),
            (403, {"error": "Permission denied"}, NeedsMasterKey, -1),
            (404, "<html>Cannot GET /parse/x</html>", RouteUnknown, -1),
        ],
    )
    async def test_an_error_is_raised_as_the_class_that_the_server_raised(
        self, door: Door, status: int, body: Any, kind: type[ParseError], code: int
    ) -> None:
        transport = door.transport((status, body))

        with pytest.raises(ParseError) as raised:
            await transport.send(Get("Note", "n1"), NOBODY)

        await transport.close()
        assert (type(raised.value), raised.value.code) == (kind, code)

    async def test_the_text_of_an_error_is_the_server_s(self, door: Door) -> None:
        transport = door.transport((400, {"code": 142, "error": "stars go from 1 to 5"}))

        with pytest.raises(ParseError, match="stars go from 1 to 5"):
            await transport.send(Create("Review", NewObject()), NOBODY)

        await transport.close()

    async def test_an_answer_that_is_no_json_asks_whether_the_url_is_right(self, door: Door) -> None:
        transport = door.transport((200, "<html>Welcome</html>"))

        with pytest.raises(ConnectionFailed, match="URL of a Parse server"):
            await transport.send(Get("Note", "n1"), NOBODY)

        await transport.close()


class TestSendingAgain:
    async def test_a_read_is_sent_again_while_the_server_fails(self, door: Door) -> None:
        transport = door.transport((503, {}), (500, {}), (200, {"objectId": "n1"}))

        assert await transport.send(Get("Note", "n1"), NOBODY) == {"objectId": "n1"}

        await transport.close()

    async def test_a_read_is_given_up_after_five_attempts(self, door: Door) -> None:
        transport = door.transport(*[(500, {"code": 1, "message": "Internal server error."})] * 5)

        with pytest.raises(InternalError, match="Internal server error"):
            await transport.send(Get("Note", "n1"), NOBODY)

        await transport.close()
        assert len(door.requests) == 5

    async def test_a_write_is_not_sent_again(self, door: Door) -> None:
        transport = door.transport((500, {"code": 1, "error": "full"}))

        with pytest.raises(InternalError, match="full"):
            await transport.send(CallFunction("pay"), NOBODY)

        await transport.close()
        assert len(door.requests) == 1

    async def test_a_refused_connection_is_told_with_the_url(self) -> None:
        with Door() as closed_again:
            url = closed_again.url
        transport = HttpTransport(url, KEYS, retries=Retries(first_pause=0))

        with pytest.raises(ConnectionFailed, match=f"{url} did not answer"):
            await transport.send(CallFunction("pay"), NOBODY)

        await transport.close()


class TestClientsWithAURL:
    async def test_a_client_is_made_of_a_url_and_keys(self, door: Door) -> None:
        door.transport((200, {"result": "hi"}))

        async with Client(door.url, application_id="app", javascript_key="js") as client:
            assert await client.call("hello") == "hi"

        [(_, path, headers, _)] = door.requests
        assert (path, headers["X-Parse-Javascript-Key"]) == ("/parse/functions/hello", "js")

    def test_a_script_uses_it_with_plain_calls(self, door: Door) -> None:
        door.transport((200, {"result": "hi"}))

        with Client(door.url, application_id="app").sync as client:
            assert client.call("hello") == "hi"
