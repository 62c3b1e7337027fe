"""Clients that write as fast as they can, and remember what was answered.

Each kind of save has two halves that only make sense together, so that a half that is missing shows:
an object and its new columns, two counters, an object and its links, a user and its session.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

APP_ID = "kill"
MASTER_KEY = "the-master-key"
OPTIONS: Mapping[str, object] = {"appId": APP_ID, "masterKey": MASTER_KEY, "allowClientClassCreation": True}

WRITERS = 6
EVERYTHING = 10_000
"""More objects than a round can write."""


class NotAnswered(Exception):
    """The connection broke before there was an answer: the write may be there or not."""


@dataclass(frozen=True, slots=True)
class Api:
    """The REST API of one server, with the master key, over a new connection each time."""

    url: str

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Send one request and answer with its JSON.

        Raises:
            NotAnswered: the connection broke.
            AssertionError: the answer was no success.

        """
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        keys = {"X-Parse-Application-Id": APP_ID, "X-Parse-Master-Key": MASTER_KEY, **headers}
        try:
            connection.request(method, parts.path + path, None if body is None else json.dumps(body), keys)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as broken:
            raise NotAnswered from broken
        finally:
            connection.close()
        assert response.status < 300, f"{method} {path}: {response.status} {text!r}"
        return json.loads(text)

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

    def count(self) -> int:
        """How many writes were answered."""
        return len(self.grown) + sum(self.increments.values()) + len(self.linked) + len(self.tokens)


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
            if self.answered.count() >= self._enough:
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
