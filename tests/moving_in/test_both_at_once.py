"""Parse Server and Parsonage work on one database at the same time, and every write is checked.

The normal run takes ``SECONDS``, the long one ``LONG_SECONDS``.
"""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.flows.conversation import Conversation
from tests.moving_in.everything import MASTER, done, eventually, objects

SECONDS = 60.0
LONG_SECONDS = 600.0

ROUNDS = 6
HERE = {"latitude": 1, "longitude": 2}


def write_and_check(here: Conversation, there: Conversation, name: str, seconds: float) -> int:
    """Create, change and remove objects at one server, and look at each through the other: how many there were."""
    ends = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > ends:
            return number
        made = done(here, "POST", "/classes/Busy", {"by": name, "n": number, "tags": ["new"]})["objectId"]
        assert done(there, "GET", f"/classes/Busy/{made}")["n"] == number
        done(there, "PUT", f"/classes/Busy/{made}", {"n": {"__op": "Increment", "amount": 1}})
        done(here, "PUT", f"/classes/Busy/{made}", {"tags": {"__op": "AddUnique", "objects": ["old"]}})
        seen = done(there, "GET", f"/classes/Busy/{made}")
        assert (seen["n"], sorted(seen["tags"])) == (number + 1, ["new", "old"])
        if number % 3 == 0:
            done(here, "DELETE", f"/classes/Busy/{made}")
            assert there.send("GET", f"/classes/Busy/{made}", headers=MASTER).body["code"] == 101
    raise AssertionError


def work(peer: Conversation, ours: Conversation, seconds: float) -> dict[str, int]:
    """Two clients at each server; how many objects each of them stored."""
    pairs = {"p1": (peer, ours), "p2": (peer, ours), "o1": (ours, peer), "o2": (ours, peer)}
    with ThreadPoolExecutor(len(pairs)) as clients:
        running = {
            name: clients.submit(write_and_check, here, there, name, seconds) for name, (here, there) in pairs.items()
        }
        return {name: client.result() for name, client in running.items()}


def counts(server: Conversation) -> dict[str, int]:
    """How many objects of each client are there."""
    return {
        name: done(server, "GET", f"/classes/Busy?count=1&limit=0&where=%7B%22by%22:%22{name}%22%7D")["count"]
        for name in ("p1", "p2", "o1", "o2")
    }


def left(stored: int) -> int:
    """How many of so many are left once every third was removed."""
    return stored - (stored + 2) // 3


def check_work(peer: Conversation, ours: Conversation, seconds: float) -> None:
    done(peer, "POST", "/classes/Busy", {"by": "nobody", "n": 0, "tags": []})

    stored = work(peer, ours, seconds)

    assert min(stored.values()) > 0
    assert counts(ours) == counts(peer) == {name: left(number) for name, number in stored.items()}


def test_every_write_of_either_is_seen_by_the_other(peer: Conversation, ours: Conversation) -> None:
    check_work(peer, ours, SECONDS)


@pytest.mark.long
def test_every_write_of_either_is_seen_by_the_other_for_long(peer: Conversation, ours: Conversation) -> None:
    check_work(peer, ours, LONG_SECONDS)


Answered = list[tuple[int, dict[str, Any], Any]]
"""Status, what was sent, and the answer."""


def create(server: Conversation, body: dict[str, Any]) -> tuple[int, dict[str, Any], Any]:
    answer = server.send("POST", "/classes/Growing", body, headers=MASTER)
    return answer.status, body, answer.body


@pytest.fixture(scope="module")
def grown(peer: Conversation, ours: Conversation) -> Answered:
    """What both answered to objects that brought new fields to one new class, four of them at each moment."""
    answers: Answered = []
    with ThreadPoolExecutor(4) as clients:
        for number in range(ROUNDS):
            shared = {f"n{number}": number, f"t{number}": "x", f"g{number}": {"__type": "GeoPoint", **HERE}}
            bodies = [{**shared, f"own{number}_{who}": [who]} for who in range(4)]
            answers += clients.map(create, [peer, ours, peer, ours], bodies)
    return answers


class TestGrowthByBothAtOnce:
    def test_fails_no_write(self, grown: Answered) -> None:
        assert [(status, answer) for status, _, answer in grown if status != 201] == []

    def test_ends_in_one_schema_that_has_every_field(
        self, grown: Answered, peer: Conversation, ours: Conversation
    ) -> None:
        sent = {name for _, body, _ in grown for name in body}

        theirs = done(peer, "GET", "/schemas/Growing")["fields"]

        assert theirs.keys() == sent | {"objectId", "createdAt", "updatedAt", "ACL"}
        assert eventually(lambda: done(ours, "GET", "/schemas/Growing")["fields"] == theirs)

    def test_loses_no_value(self, grown: Answered, peer: Conversation, ours: Conversation) -> None:
        sent = {answer["objectId"]: body for _, body, answer in grown}

        stored = {
            one["objectId"]: {name: value for name, value in one.items() if name in sent[one["objectId"]]}
            for one in objects(ours, "Growing")
        }

        assert stored == sent
