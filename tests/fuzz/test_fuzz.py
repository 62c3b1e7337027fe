"""Whatever is sent to whatever route: an answer of the server's own, no trace in the log, no harm to what is guarded.

Two thousand requests in the normal run, always the same; twenty thousand others on each engine in every long one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from parsonage.cloud import Cloud
from parsonage.commands.rest import _ROUTES, split_path
from tests.flows.door import OPEN, READ_ONLY_KEY, Answer, Door, User, open_door
from tests.fuzz.requests import PATHS, Request, requests
from tests.machinery.postgresql import postgresql

MOST_SECONDS = 2
"""Of the processor, in all threads: so that a machine with much to do fails no request."""

LONG = settings(
    max_examples=10_000,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
SHORT = settings(LONG, max_examples=1_000, derandomize=True)

at_both_lengths = pytest.mark.parametrize(
    ("engine", "length"),
    [
        pytest.param("sqlite", SHORT, id="short"),
        pytest.param("sqlite", LONG, id="long on SQLite", marks=pytest.mark.long),
        pytest.param("postgresql", LONG, id="long on PostgreSQL", marks=pytest.mark.long),
    ],
)


class Complaints(logging.Handler):
    """What was logged with a trace, or as an error."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.lines.append(self.format(record))


class Ground:
    """A house with an object, a user, a role, a file and settings that a stranger has no right to change."""

    def __init__(self, door: Door, ids: dict[str, str], stranger: User) -> None:
        self.door = door
        self.ids = ids
        self.stranger = stranger

    async def ask(self, request: Request, token: str | None, keys: dict[str, str]) -> tuple[Answer, float]:
        """The answer, and how many seconds of the processor it took."""
        path = request.path
        for name, value in self.ids.items():
            path = path.replace(f"<{name}>", value)
        began = time.process_time()
        answer = await self.door.send(
            request.method,
            path,
            request.body,
            content=request.content,
            token=token,
            headers={**keys, **request.headers},
            **request.query,
        )
        return answer, time.process_time() - began

    async def token(self) -> str:
        """A session of the stranger's, who may have logged out."""
        answer = await self.door.post("/loginAs", {"userId": self.stranger.id}, master=True)
        token: str = answer.body["sessionToken"]
        return token

    async def guarded(self) -> list[Any]:
        """Everything that only its owner or the master key may change."""
        paths = [
            "/classes/Vault",
            f"/users/{self.ids['ada']}",
            "/roles",
            "/config",
            "/schemas/Vault",
            "/hooks/functions",
            "/hooks/triggers",
            "/cloud_code/jobs",
            f"/files/flows/{self.ids['file']}",
        ]
        return [(await self.door.get(path, master=True)).plain for path in paths]


async def open_ground(folder: Path, opened: AsyncExitStack, engine: str) -> Ground:
    database = f"sqlite:{folder / 'flows.db'}"
    if engine == "postgresql":
        database = opened.enter_context(postgresql()).create_database("fuzz")
    options = {"allowClientClassCreation": False, "databaseURI": database}
    door = await opened.enter_async_context(open_door(folder, **options))
    cloud = Cloud()
    cloud.function(name="hello")(lambda request: dict(request.params))
    door.deploy(cloud)
    ada, bob = await door.sign_up("ada"), await door.sign_up("bob")
    only_ada = {ada.id: {"read": True, "write": True}}
    fields = {"n": "Number", "s": "String", "l": "Array", "o": "Object", "d": "Date", "g": "GeoPoint", "b": "Bytes"}
    await door.make_class("Note", OPEN, **fields, f="File", p={"type": "Pointer", "targetClass": "Note"})
    await door.make_class("Vault", OPEN | {"addField": {}, "create": {}}, **fields)
    note = await door.create("Note", {"n": 1, "s": "x", "l": [1], "o": {"x": 1}})
    vault = await door.create("Vault", {"n": 1, "s": "x", "l": [1], "ACL": only_ada}, master=True)
    role = await door.make_role("keepers", ada)
    stored = await door.post(
        "/files/kept.txt", content=b"kept", token=ada.token, headers={"content-type": "text/plain"}
    )
    ids = {"ada": ada.id, "note": note, "vault": vault, "role": role, "file": stored.body["name"]}
    return Ground(door, ids, bob)


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    heard, log = Complaints(), logging.getLogger("parsonage")
    log.addHandler(heard)
    yield heard.lines
    log.removeHandler(heard)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture
def engine() -> str:
    """The database below; the long run takes both."""
    return "sqlite"


@pytest.fixture
def ground(runner: asyncio.Runner, tmp_path: Path, engine: str) -> Iterator[Ground]:
    opened = AsyncExitStack()
    yield runner.run(open_ground(tmp_path, opened, engine))
    runner.run(opened.aclose())


FOR_MAIL = {("requestpasswordreset", 1), ("verificationemailrequest", 1)}
"""Whatever is sent there is answered with 500, as by Parse Server without a mail adapter."""


def test_every_route_of_the_table_is_sent_to() -> None:
    sent_to = {(segments[0].lower(), len(segments)) for segments in map(split_path, PATHS) if segments}

    assert set(_ROUTES) - sent_to == FOR_MAIL


def test_what_is_guarded_is_there(runner: asyncio.Runner, ground: Ground) -> None:
    assert {status for status, _ in runner.run(ground.guarded())} == {200}


@at_both_lengths
def test_strangers_get_answers_and_do_no_harm(
    runner: asyncio.Runner, ground: Ground, complaints: list[str], length: settings
) -> None:
    guarded = runner.run(ground.guarded())

    async def answered(request: Request, who: str) -> tuple[Answer, float]:
        token = await ground.token() if who == "bob" else None
        keys = {"x-parse-master-key": READ_ONLY_KEY} if who == "reader" else {}
        return await ground.ask(request, token, keys)

    @length
    @given(request=requests, who=st.sampled_from(["nobody", "bob", "reader"]))
    def attack(request: Request, who: str) -> None:
        answer, seconds = runner.run(answered(request, who))

        assert answer.status < 500, answer.body
        assert complaints == []
        assert seconds < MOST_SECONDS
        assert runner.run(ground.guarded()) == guarded

    attack()


@at_both_lengths
def test_the_master_key_gets_answers(
    runner: asyncio.Runner, ground: Ground, complaints: list[str], length: settings
) -> None:
    @length
    @given(request=requests)
    def attack(request: Request) -> None:
        answer, seconds = runner.run(ground.ask(request, None, {"x-parse-master-key": "the-master-key"}))

        assert answer.status < 500, answer.body
        assert complaints == []
        assert seconds < MOST_SECONDS

    attack()
