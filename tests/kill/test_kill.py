"""SIGKILL under concurrent writes: every answered write is there, no save is half there, and no file is torn.

A hundred rounds on SQLite in the long run and forty on PostgreSQL, with files in a folder and in the database;
a few of each in the normal one.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.kill.writers import OPTIONS, WRITERS, Answered, Api, Writers, content_of
from tests.machinery.ours import start_parsonage
from tests.machinery.postgresql import KEPT_BY_THE_SYSTEM, PostgreSQL, postgresql
from tests.machinery.processes import Server, children, wait_for_health

FEWEST, MOST = 5, 250
"""Between so many answered writes lies the random moment of the kill."""


class House:
    """A server on files in one folder or on a database, which is started again after it was killed."""

    def __init__(self, folder: Path, options: dict[str, object], database: PostgreSQL | None = None) -> None:
        self._folder = folder
        self._options = {**OPTIONS, **options}
        self.database = database
        self.server = self._started()

    def _started(self) -> Server:
        return start_parsonage(self._options, folder=self._folder)

    def api(self) -> Api:
        return Api(self.server.url)

    def start_again(self) -> None:
        self.server = self._started()


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgreSQL]:
    with postgresql(KEPT_BY_THE_SYSTEM) as running:
        yield running


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[House]:
    """A house on an SQLite file, with files in a folder beside it."""
    house = House(tmp_path, FOLDER)
    yield house
    house.server.stop()


FOLDER: dict[str, object] = {"filesFolder": "files"}
DATABASE: dict[str, object] = {"filesStore": "database"}


def moment(number: int) -> int:
    """After how many answered writes round ``number`` kills."""
    return random.Random(number).randint(FEWEST, MOST)


def kill_everything(house: House, number: int) -> Answered:
    """Kill supervisor, worker and database server under load, as a power cut does, and start again on what is there."""
    writers = Writers(house.api(), enough=moment(number))
    writers.write_until_enough()
    house.server.kill()
    if house.database is not None:
        house.database.kill()
        house.database.start_again()
    writers.wait()
    assert writers.unexpected == []
    house.start_again()
    return writers.answered


def kill_the_worker(house: House, number: int) -> Answered:
    """Kill the worker alone under load, and wait until the supervisor has the next one answering."""
    [worker] = children(house.server.process.pid)
    writers = Writers(house.api(), enough=moment(number))
    writers.write_until_enough()
    os.kill(worker, signal.SIGKILL)
    writers.wait()
    assert writers.unexpected == []
    wait_for_health(house.server)
    return writers.answered


def kill_the_database(house: House, number: int) -> Answered:
    """Kill the database server alone under load, start it again, and wait until the server is well again."""
    assert house.database is not None
    writers = Writers(Api(house.server.url, bears_a_lost_database=True), enough=moment(number))
    writers.write_until_enough()
    house.database.kill()
    house.database.start_again()
    writers.wait()
    assert writers.unexpected == []
    wait_for_health(house.server)
    return writers.answered


def lost(api: Api, answered: Answered) -> dict[str, object]:
    """Answered writes that aren't there."""
    grown = {row["objectId"] for row in api.find("Grown", keys="objectId")}
    bands = {row["objectId"] for row in api.find("Band", keys="objectId")}
    counted = {row["objectId"]: row["n"] for row in api.find("Counter")}
    sessions = {row["sessionToken"]: row["user"]["objectId"] for row in api.find("_Session")}
    pages = {row["objectId"]: row["left"] for row in api.find("Page")}
    marks = {row["mark"] for row in api.find("Transfer", keys="mark")}
    return {
        "objects": sorted(set(answered.grown) - grown),
        "bands": sorted(set(answered.linked) - bands),
        "increments": {key: n for key, n in answered.increments.items() if counted[key] not in (n, n + 1)},
        "sessions": sorted(user for user, token in answered.tokens.items() if sessions.get(token) != user),
        "pages": sorted(page for page, number in answered.pages.items() if pages.get(page) != number),
        "transfers": sorted(set(answered.transfers) - marks),
        "files": sorted(name for name in answered.files if api.file(name) is None),
    }


def halves(api: Api, answered: Answered) -> dict[str, object]:
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
    transfers = Counter(row["mark"] for row in api.find("Transfer"))
    coins = sorted(row["coins"] for row in api.find("Purse"))
    return {
        "objects": [row for row in grown if not has_both_columns(row)],
        "counters": [row for row in api.find("Counter") if row["n"] != row["m"]],
        "links": {band: count for band, count in links.items() if count != 2},
        "users": {user: count for user, count in (users - sessions).items() if count},
        "sessions": {user: count for user, count in (sessions - users).items() if count},
        "pages": [row for row in api.find("Page") if row.get("left") != row.get("right")],
        "transfers": {mark: count for mark, count in transfers.items() if count != 2},
        "coins": [] if coins == [-len(transfers), len(transfers)] else [coins, len(transfers)],
        "files": sorted(name for name in answered.begun if not is_whole(api, answered, name)),
    }


def has_both_columns(row: dict[str, object]) -> bool:
    """Whether an object has its two new columns, with one number in both."""
    columns = {name: value for name, value in row.items() if name.startswith(("left", "right"))}
    return len(columns) == 2 and len(set(columns.values())) == 1


def is_whole(api: Api, answered: Answered, name: str) -> bool:
    """Whether a file has what was stored last, or all of what was on its way; one that was never answered may lack."""
    turns = {answered.files.get(name), answered.begun[name]}
    return api.file(name) in [None if turn is None else content_of(name, turn) for turn in turns]


NOTHING_LOST: dict[str, object] = {
    "objects": [],
    "bands": [],
    "increments": {},
    "sessions": [],
    "pages": [],
    "transfers": [],
    "files": [],
}
NOTHING_HALF: dict[str, object] = {
    "objects": [],
    "counters": [],
    "links": {},
    "users": {},
    "sessions": {},
    "pages": [],
    "transfers": {},
    "coins": [],
    "files": [],
}


class Round(NamedTuple):
    """One house that is killed once; its number says when, and where it keeps its files."""

    engine: str
    kill: Callable[[House, int], Answered]
    number: int

    def __str__(self) -> str:
        return f"{self.engine} {self.kill.__name__} {self.number}"


IN_A_NORMAL_RUN = [
    Round("sqlite", kill_everything, 0),
    Round("sqlite", kill_everything, 1),
    Round("sqlite", kill_the_worker, 0),
    Round("postgresql", kill_everything, 1),
]

IN_A_LONG_RUN = [
    *(Round("sqlite", kill_everything, number) for number in range(100, 150)),
    *(Round("sqlite", kill_the_worker, number) for number in range(200, 250)),
    *(Round("postgresql", kill_everything, number) for number in range(300, 315)),
    *(Round("postgresql", kill_the_worker, number) for number in range(400, 415)),
    *(Round("postgresql", kill_the_database, number) for number in range(500, 510)),
]


@pytest.fixture
def house(this_round: Round, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """A new house of the round's engine."""
    files = (FOLDER, DATABASE)[this_round.number % 2]
    if this_round.engine == "sqlite":
        house = House(tmp_path, files)
    else:
        postgres: PostgreSQL = request.getfixturevalue("postgres")
        name = f"{this_round.kill.__name__}_{this_round.number}"
        house = House(tmp_path, {"databaseURI": postgres.create_database(name), **files}, postgres)
    yield house
    house.server.stop()


@pytest.mark.parametrize(
    "this_round",
    [*IN_A_NORMAL_RUN, *(pytest.param(one, marks=pytest.mark.long) for one in IN_A_LONG_RUN)],
    ids=str,
)
def test_a_kill_costs_no_answered_write_and_leaves_no_half_save(
    house: House, this_round: Round, record_property: Callable[[str, object], None]
) -> None:
    answered = this_round.kill(house, this_round.number)

    record_property("writes", answered.writes)
    assert lost(house.api(), answered) == NOTHING_LOST
    assert halves(house.api(), answered) == NOTHING_HALF


def test_the_supervisor_outlives_its_worker(on_sqlite: House) -> None:
    house = on_sqlite
    [worker] = children(house.server.process.pid)

    os.kill(worker, signal.SIGKILL)

    wait_for_health(house.server)
    assert children(house.server.process.pid) != [worker]
    assert house.api().ask("POST", "/classes/Note", {"by": WRITERS})["objectId"]
