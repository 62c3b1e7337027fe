"""The walks of a request through the house, counted: ``python -m benchmarks.walks``.

Each walk is one request of a logged-in client to an application in this process, with everything warm:
the same request has been answered a few times before. Only files of the package count; what a library
does on the way is left out, and so are comprehensions.

A *hop* is a call from a function of one file to a function of another one, or a callback of the event
loop. An awaited function that goes on after a wait is not called again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import msgspec
import orjson

import parsonage
from parsonage.http.app import Application
from parsonage.options.load import load
from parsonage.server import close_house, open_house

PACKAGE = Path(parsonage.__file__).parent
CLOUD = Path(__file__).parent / "parsonage_cloud"
APP_ID = "walks"
TIMES_BEFORE = 20
"""How often a request is sent before it is watched."""


class Request(msgspec.Struct, frozen=True):
    """What a client sends."""

    method: str
    path: str
    body: Any = None
    session_token: str | None = None


class Walk(msgspec.Struct, frozen=True):
    """What was crossed while one request was answered."""

    name: str
    files: list[str]
    """Below the package, in the order in which they were first entered."""
    functions: int
    calls: int
    hops: int
    lines: int
    """Of all these files together, as they stand."""

    @property
    def hops_per_file(self) -> float:
        """How often a reader who follows the request turns to another file, for each file there is."""
        return self.hops / len(self.files)


class Steps:
    """Watches the calls of one thread."""

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        self.functions: set[CodeType] = set()
        self.calls = 0
        self.hops = 0
        self._seen: set[FrameType] = set()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch what is called inside."""
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        # A frame that was seen before is a coroutine that goes on.
        if event != "call" or frame in self._seen or not _counts(frame.f_code):
            return
        self._seen.add(frame)
        file = frame.f_code.co_filename
        self.files.setdefault(file)
        self.functions.add(frame.f_code)
        self.calls += 1
        self.hops += _caller_file(frame) != file

    def walk(self, name: str) -> Walk:
        """What was seen."""
        files = [Path(file) for file in self.files]
        return Walk(
            name,
            [str(file.relative_to(PACKAGE)) for file in files],
            len(self.functions),
            self.calls,
            self.hops,
            sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files),
        )


def _counts(code: CodeType) -> bool:
    is_comprehension = code.co_name.startswith("<") and code.co_name != "<lambda>"
    return code.co_filename.startswith(str(PACKAGE)) and not is_comprehension


def _caller_file(frame: FrameType) -> str | None:
    """The file of the nearest function of the package around this one."""
    caller = frame.f_back
    while caller is not None and not caller.f_code.co_filename.startswith(str(PACKAGE)):
        caller = caller.f_back
    return caller.f_code.co_filename if caller is not None else None


async def answer(application: Application, request: Request) -> Any:
    """Send a request to an application as a web server does; the body of the answer."""
    content = orjson.dumps(request.body) if request.body is not None else b""
    headers = [(b"host", b"127.0.0.1"), (b"x-parse-application-id", APP_ID.encode())]
    if content:
        headers.append((b"content-type", b"application/json"))
    if request.session_token is not None:
        headers.append((b"x-parse-session-token", request.session_token.encode()))
    scope = {
        "type": "http",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    if sent[0]["status"] >= 400:
        raise RuntimeError(f"{request.method} {request.path}: {sent[1]['body'].decode()}")
    return orjson.loads(sent[1]["body"])


async def walks() -> list[Walk]:
    """Open a throwaway house and follow one request of each kind through it."""
    with tempfile.TemporaryDirectory() as folder:
        options = load(
            None,
            {},
            {
                "appId": APP_ID,
                "masterKey": "master",
                "databaseURI": f"sqlite:{folder}/walks.db",
                "cloud": str(CLOUD),
                "allowClientClassCreation": True,
                "development": False,
            },
            Path(folder),
        )
        house = await open_house(options)
        try:
            return await _followed(Application(house))
        finally:
            await close_house(house)


async def _followed(application: Application) -> list[Walk]:
    user = await answer(application, Request("POST", "/parse/users", {"username": "ada", "password": "x"}))
    token = user["sessionToken"]
    acl = {user["objectId"]: {"read": True, "write": True}}
    note = await answer(application, Request("POST", "/parse/classes/Note", {"text": "hi", "ACL": acl}, token))
    requests = {
        "GET one object": Request("GET", f"/parse/classes/Note/{note['objectId']}", session_token=token),
        "POST an object with a before_save": Request(
            "POST", "/parse/classes/Checked", {"title": "A b", "stars": 3, "ACL": acl}, token
        ),
        "POST a function": Request("POST", "/parse/functions/greet", {"name": "Ada"}, token),
    }
    return [await _follow(application, name, request) for name, request in requests.items()]


async def _follow(application: Application, name: str, request: Request) -> Walk:
    for _ in range(TIMES_BEFORE):
        await answer(application, request)
    steps = Steps()
    with steps.watched():
        await answer(application, request)
    return steps.walk(name)


def table(found: list[Walk]) -> str:
    """The figures of the walks, as a table in Markdown."""
    rows = [
        f"| {walk.name} | {len(walk.files)} | {walk.functions} | {walk.calls} | {walk.hops} |"
        f" {walk.hops_per_file:.1f} | {walk.lines:,} |"
        for walk in found
    ]
    head = [
        "| walk | files | functions | calls | hops | hops per file | lines |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    return "\n".join([*head, *rows])


def listing(walk: Walk) -> str:
    """The files of a walk, numbered in the order in which they were first entered."""
    return "\n".join(f"{number:3}  {file}" for number, file in enumerate(walk.files, 1))


def main(say: Callable[[str], None] = print) -> None:
    """Count the walks and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walks", description=__doc__)
    parser.add_argument("--files", action="store_true", help="list the files of each walk, too")
    wanted = parser.parse_args()
    found = asyncio.run(walks())
    say(table(found))
    if wanted.files:
        for walk in found:
            say(f"\n{walk.name}\n{listing(walk)}")


if __name__ == "__main__":
    main()
