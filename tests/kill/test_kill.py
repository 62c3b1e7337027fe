"""SIGKILL under concurrent writes: every answered write is there, and no save is half there."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kill.writers import OPTIONS, WRITERS, Answered, Api, Writers
from tests.machinery.ours import start_parsonage
from tests.machinery.processes import Server, children, wait_for_health

FEWEST, MOST = 5, 250
"""Between so many answered writes lies the random moment of the kill."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[list[Server]]:
    """The servers that a round has started in one folder; the last one is running."""
    servers = [start_parsonage(OPTIONS, folder=tmp_path)]
    yield servers
    servers[-1].stop()


def moment(number: int) -> int:
    """After how many answered writes round ``number`` kills."""
    return random.Random(number).randint(FEWEST, MOST)


def kill_everything(house: list[Server], number: int) -> Answered:
    """Kill supervisor and worker under load, as a power cut does, and start again on the same files."""
    running = house[-1]
    writers = Writers(Api(running.url), enough=moment(number))
    writers.write_until_enough()
    running.kill()
    writers.wait()
    assert writers.unexpected == []
    house.append(start_parsonage(OPTIONS, folder=running.log.parent))
    return writers.answered


def kill_the_worker(house: list[Server], number: int) -> Answered:
    """Kill the worker alone under load, and wait until the supervisor has the next one answering."""
    running = house[-1]
    [worker] = children(running.process.pid)
    writers = Writers(Api(running.url), enough=moment(number))
    writers.write_until_enough()
    os.kill(worker, signal.SIGKILL)
    writers.wait()
    assert writers.unexpected == []
    wait_for_health(running)
    return writers.answered


def lost(api: Api, answered: Answered) -> dict[str, object]:
    """Answered writes that aren't there."""
    grown = {row["objectId"] for row in api.find("Grown", keys="objectId")}
    bands = {row["objectId"] for row in api.find("Band", keys="objectId")}
    counted = {row["objectId"]: row["n"] for row in api.find("Counter")}
    sessions = {row["sessionToken"]: row["user"]["objectId"] for row in api.find("_Session")}
    return {
        "objects": sorted(set(answered.grown) - grown),
        "bands": sorted(set(answered.linked) - bands),
        "increments": {key: n for key, n in answered.increments.items() if counted[key] not in (n, n + 1)},
        "sessions": sorted(user for user, token in answered.tokens.items() if sessions.get(token) != user),
    }


def halves(api: Api) -> dict[str, object]:
    """Saves of which only a part is there."""
    grown = api.find("Grown")
    users = Counter(row["objectId"] for row in api.find("_User", keys="objectId"))
    sessions = Counter(row["user"]["objectId"] for row in api.find("_Session"))
    links = {
        row["objectId"]: len(
            api.find(
                "Fan",
                where={
                    "$relatedTo": {
                        "object": {"__type": "Pointer", "className": "Band", "objectId": row["objectId"]},
                        "key": "fans",
                    }
                },
            )
        )
        for row in api.find("Band", keys="objectId")
    }
    return {
        "objects": [row for row in grown if not has_both_columns(row)],
        "counters": [row for row in api.find("Counter") if row["n"] != row["m"]],
        "links": {band: count for band, count in links.items() if count != 2},
        "users": {user: count for user, count in (users - sessions).items() if count},
        "sessions": {user: count for user, count in (sessions - users).items() if count},
    }


def has_both_columns(row: dict[str, object]) -> bool:
    """Whether an object has its two new columns, with one number in both."""
    columns = {name: value for name, value in row.items() if name.startswith(("left", "right"))}
    return len(columns) == 2 and len(set(columns.values())) == 1


NOTHING_LOST: dict[str, object] = {"objects": [], "bands": [], "increments": {}, "sessions": []}
NOTHING_HALF: dict[str, object] = {"objects": [], "counters": [], "links": {}, "users": {}, "sessions": {}}


@pytest.mark.parametrize("number", range(3))
def test_a_power_cut_costs_no_answered_write_and_leaves_no_half_save(house: list[Server], number: int) -> None:
    answered = kill_everything(house, number)

    api = Api(house[-1].url)
    assert lost(api, answered) == NOTHING_LOST
    assert halves(api) == NOTHING_HALF


@pytest.mark.parametrize("number", range(100, 102))
def test_a_killed_worker_costs_no_answered_write_and_leaves_no_half_save(house: list[Server], number: int) -> None:
    answered = kill_the_worker(house, number)

    api = Api(house[-1].url)
    assert lost(api, answered) == NOTHING_LOST
    assert halves(api) == NOTHING_HALF


@pytest.mark.long
@pytest.mark.parametrize("number", range(1000, 1025))
def test_twenty_five_power_cuts(house: list[Server], number: int) -> None:
    answered = kill_everything(house, number)

    api = Api(house[-1].url)
    assert lost(api, answered) == NOTHING_LOST
    assert halves(api) == NOTHING_HALF


@pytest.mark.long
@pytest.mark.parametrize("number", range(2000, 2025))
def test_twenty_five_killed_workers(house: list[Server], number: int) -> None:
    answered = kill_the_worker(house, number)

    api = Api(house[-1].url)
    assert lost(api, answered) == NOTHING_LOST
    assert halves(api) == NOTHING_HALF


def test_the_supervisor_outlives_its_worker(house: list[Server]) -> None:
    running = house[-1]
    [worker] = children(running.process.pid)

    os.kill(worker, signal.SIGKILL)

    wait_for_health(running)
    assert children(running.process.pid) != [worker]
    assert Api(running.url).ask("POST", "/classes/Note", {"by": WRITERS})["objectId"]
