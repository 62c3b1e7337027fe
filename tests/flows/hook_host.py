"""A server of webhooks for tests: what it is asked is kept, and what it answers is a function of the body."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import orjson


class Asked(NamedTuple):
    """One call that came."""

    path: str
    headers: dict[str, str]
    body: Any


class HookHost:
    """Answers at every path that ``answers`` names; a function is given the body, anything else is the answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.answers: dict[str, Callable[[Any], Any] | Any] = {}
        self.released = threading.Event()
        """Set when the test is over: an answer may wait for it."""

    def at(self, path: str, answer: Any) -> str:
        """Answer so at a path; its URL. Bytes are sent as they are, a number is a status without a body."""
        self.answers[f"/{path}"] = answer
        return f"{self.url}/{path}"

    def reply(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        given = orjson.loads(body)
        self.asked.append(Asked(path, headers, given))
        answer = self.answers[path]
        value = answer(given) if callable(answer) else answer
        if isinstance(value, int):
            return value, b"a secret of the webhook"
        return 200, value if isinstance(value, bytes) else orjson.dumps(value)


@contextlib.contextmanager
def hook_host() -> Iterator[HookHost]:
    """A host on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = self.headers.get("content-length")
            body = b"".join(self.chunks()) if length is None else self.rfile.read(int(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, text = host.reply(self.path, headers, body)
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def chunks(self) -> Iterator[bytes]:
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name in the standard library)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host = HookHost(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        host.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
