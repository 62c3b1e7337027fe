"""Clients that write as fast as they can, and remember what was answered.

Each kind of save has two halves that only make sense together, so that a half that is missing shows:
an object and its new columns, two counters, an object and its links, a user and its session, two objects and
two accounts of one transaction. What is in a file follows from its name and its writer's turn.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

APP_ID = "kill"
MASTER_KEY = "the-master-key"
OPTIONS: Mapping[str, object] = {
    "appId": APP_ID,
    "masterKey": MASTER_KEY,
    "allowClientClassCreation": True,
    "preserveFileName": True,
}

WRITERS = 6
PAGES = 5
"""Creates of one plain batch."""
SIZES = (1, 300, 20_000, 400_000, 1_100_000)
"""Bytes of the files, in turns: less than one piece of what is written at a time, and several."""
UNKNOWN_OUTCOMES = (100, 130)
"""Codes that a database which has gone away leaves: of anything, and of a file's upload."""
FILE_UNREADABLE = 503
"""The status of a file's content that can't be read now, since the database that keeps it has gone away."""
EVERYTHING = 10_000
"""More objects than a round can write."""


class NotAnswered(Exception):
    """The connection broke before there was an answer: the write may be there or not."""


@dataclass(frozen=True, slots=True)
class Api:
    """The REST API of one server, with the master key, over a new connection each time."""

    url: str
    bears_a_lost_database: bool = False
    """Whether an answer that the database has gone is one that never came: nothing was promised."""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Send one request and answer with its JSON.

        Raises:
            NotAnswered: the connection broke, or the database had gone where that is borne.
            AssertionError: the answer was no success.

        """
        status, text = self.exchange(method, path, None if body is None else json.dumps(body).encode(), **headers)
        return self._success(f"{method} {path}", status, text)

    def upload(self, name: str, content: bytes) -> None:
        """Store a file. Raises NotAnswered, AssertionError."""
        path = f"/files/{name}"
        status, text = self.exchange("POST", path, content, **{"Content-Type": "application/octet-stream"})
        self._success(f"POST {path}", status, text)

    def _success(self, asked: str, status: int, text: bytes) -> Any:
        answer = json.loads(text)
        self._bear_or_assert(status < 300, answer, f"{asked}: {status} {text!r}")
        return answer

    def _bear_or_assert(self, is_success: bool, answer: Any, complaint: str) -> None:
        if not is_success and self.bears_a_lost_database and answer.get("code") in UNKNOWN_OUTCOMES:
            raise NotAnswered
        assert is_success, complaint

    def exchange(self, method: str, path: str, content: bytes | str | None = None, **headers: str) -> tuple[int, bytes]:
        """Send one request and answer with the status and the whole body. Raises NotAnswered."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        keys = {"X-Parse-Application-Id": APP_ID, "X-Parse-Master-Key": MASTER_KEY, **headers}
        try:
            connection.request(method, parts.path + path, content, keys)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as broken:
            raise NotAnswered from broken
        finally:
            connection.close()

    def batch(self, items: list[dict[str, object]], *, transaction: bool = False) -> list[Any]:
        """Send items as one batch, all of which must succeed."""
        body = {"requests": items, **({"transaction": True} if transaction else {})}
        answers = self.ask("POST", "/batch", body)
        for answer in answers:
            self._bear_or_assert("success" in answer, answer.get("error"), f"POST /batch: {answer}")
        return [answer["success"] for answer in answers]

    def file(self, name: str) -> bytes | None:
        """The content of a file, if there is one. Raises NotAnswered."""
        status, content = self.exchange("GET", f"/files/{APP_ID}/{name}")
        if status == FILE_UNREADABLE and self.bears_a_lost_database:
            raise NotAnswered
        assert status in (200, 404), f"{name}: {status} {content!r}"
        return content if status == 200 else None

    def find(self, class_name: str, **query: object) -> list[dict[str, Any]]:
        """All objects of a class."""
        words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
        found: list[dict[str, Any]] = self.ask(
            "GET", f"/classes/{class_name}?{urlencode({'limit': EVERYTHING, **words})}"
        )["results"]
        return found


@dataclass(slots=True)
class Answered:
    """What the server has promised to keep."""

    grown: dict[str, int] = field(default_factory=dict)
    """Object id → the number that its new columns hold."""
    increments: dict[str, int] = field(default_factory=dict)
    """Object id → how many increments were answered."""
    linked: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    """User id → session token."""
    pages: dict[str, int] = field(default_factory=dict)
    """Object id of what a plain batch made → its number."""
    transfers: list[str] = field(default_factory=list)
    """Marks of the transactions."""
    files: dict[str, int] = field(default_factory=dict)
    """Name → the turn whose content it has."""
    begun: dict[str, int] = field(default_factory=dict)
    """Name → the turn of the last upload that was begun, answered or not."""
    writes: int = 0
    """How many requests were answered that wrote something."""


class Writers:
    """`WRITERS` threads that write until the server is gone, or until they are told to stop."""

    def __init__(self, api: Api, *, enough: int) -> None:
        self.answered = Answered()
        self.unexpected: list[BaseException] = []
        self._api = api
        self._enough = enough
        self._is_enough = threading.Event()
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._fans = [api.ask("POST", "/classes/Fan", {"n": n})["objectId"] for n in range(2)]
        self._counters = [api.ask("POST", "/classes/Counter", {"n": 0, "m": 0})["objectId"] for _ in range(WRITERS)]
        purses = [create("Purse", {"coins": 0}) for _ in range(2)]
        self._purses = [made["objectId"] for made in api.batch(purses)]
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def write_until_enough(self) -> None:
        """Start them all, and come back when ``enough`` writes were answered; they go on."""
        for thread in self._threads:
            thread.start()
        assert self._is_enough.wait(60), "the server answers too little"

    def wait(self) -> None:
        """Let each end its turn, unless the server has ended it.

        A request that waits in the listening socket while the worker is replaced is answered by the
        next one: its writer doesn't notice anything.
        """
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _write(self, writer: int) -> None:
        turn = 0
        try:
            while not self._is_over.is_set():
                self._grow(writer, turn)
                self._increment(writer)
                self._link()
                self._sign_up(writer, turn)
                self._batch(writer, turn)
                self._transfer(f"{writer}x{turn}")
                self._upload(f"{writer}x{turn}.bin", turn)
                self._upload(f"{writer}.bin", turn)
                turn += 1
        except NotAnswered:
            return
        except BaseException as error:
            self.unexpected.append(error)
        finally:
            self._is_enough.set()

    def _note(self, change: Any) -> None:
        with self._lock:
            change()
            self.answered.writes += 1
            if self.answered.writes >= self._enough:
                self._is_enough.set()

    def _grow(self, writer: int, turn: int) -> None:
        columns = {f"{half}{writer}x{turn % 20}": turn for half in ("left", "right")}
        made = self._api.ask("POST", "/classes/Grown", columns)["objectId"]
        self._note(lambda: self.answered.grown.update({made: turn}))

    def _increment(self, writer: int) -> None:
        one = {"__op": "Increment", "amount": 1}
        counter = self._counters[writer]
        self._api.ask("PUT", f"/classes/Counter/{counter}", {"n": one, "m": one})
        done = self.answered.increments.get(counter, 0) + 1
        self._note(lambda: self.answered.increments.update({counter: done}))

    def _link(self) -> None:
        fans = [{"__type": "Pointer", "className": "Fan", "objectId": fan} for fan in self._fans]
        made = self._api.ask("POST", "/classes/Band", {"fans": {"__op": "AddRelation", "objects": fans}})["objectId"]
        self._note(lambda: self.answered.linked.append(made))

    def _sign_up(self, writer: int, turn: int) -> None:
        # With an installation id the master key's sign-ups get a session, too.
        body = {"username": f"user{writer}x{turn}", "password": "p"}
        made = self._api.ask("POST", "/users", body, **{"X-Parse-Installation-Id": f"{writer}-{turn}"})
        self._note(lambda: self.answered.tokens.update({made["objectId"]: made["sessionToken"]}))

    def _batch(self, writer: int, turn: int) -> None:
        numbers = [(writer * EVERYTHING + turn) * PAGES + page for page in range(PAGES)]
        made = self._api.batch([create("Page", {"left": number, "right": number}) for number in numbers])
        ids = [page["objectId"] for page in made]
        self._note(lambda: self.answered.pages.update(zip(ids, numbers, strict=True)))

    def _transfer(self, mark: str) -> None:
        giver, taker = self._purses
        self._api.batch(
            [
                create("Transfer", {"mark": mark, "of": "giver"}),
                move(giver, -1),
                move(taker, 1),
                create("Transfer", {"mark": mark, "of": "taker"}),
            ],
            transaction=True,
        )
        self._note(lambda: self.answered.transfers.append(mark))

    def _upload(self, name: str, turn: int) -> None:
        content = content_of(name, turn)
        with self._lock:
            self.answered.begun[name] = turn
        self._api.upload(name, content)
        self._note(lambda: self.answered.files.update({name: turn}))
        found = self._api.file(name)
        if found is None and self._api.bears_a_lost_database:
            raise NotAnswered
        assert found == content, f"{name} was served wrongly: {None if found is None else len(found)} bytes"


def create(class_name: str, body: dict[str, object]) -> dict[str, object]:
    """The item of a batch that makes an object."""
    return {"method": "POST", "path": f"/parse/classes/{class_name}", "body": body}


def move(purse: str, coins: int) -> dict[str, object]:
    """The item of a batch that puts coins into a purse."""
    change = {"coins": {"__op": "Increment", "amount": coins}}
    return {"method": "PUT", "path": f"/parse/classes/Purse/{purse}", "body": change}


def content_of(name: str, turn: int) -> bytes:
    """What a writer stores under a name in a turn."""
    return random.Random(f"{name} {turn}").randbytes(SIZES[turn % len(SIZES)])
