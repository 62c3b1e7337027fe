"""What a find costs in a large database against a small one: ``python -m benchmarks.scale``.

Two houses on one PostgreSQL: 10,000 objects with 1,000 users and 10 roles, and 1,000,000 objects with 100,000
users and 1,000 roles. The same logged-in user finds by an indexed field that 40 objects match, 20 of which
its own id or a role lets it read. Parsonage's processor time and PostgreSQL's count together.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.machinery.ours import MOUNT, parsonage
from tests.machinery.postgresql import AS_SAFE_AS_SQLITE, PostgreSQL, postgresql
from tests.machinery.processes import descendants

from benchmarks import work
from benchmarks.big_house import CLASS, COLUMNS, INDEXES, READABLE, Size, fill
from benchmarks.contestants import Contestant
from benchmarks.parse_work import CLIENT, MASTER, OPTIONS, PASSWORD
from benchmarks.requests import ask, encode
from benchmarks.rounds import Line, keep, measure_operation, words
from benchmarks.work import Workload, chosen

SMALL = Size(objects=10_000, users=1_000, roles=10)
LARGE = Size(objects=1_000_000, users=100_000, roles=1_000)

WANTED = 2.0
"""How many times the small house's time a find in the large one may take."""


class WrongAnswer(RuntimeError):
    """A find brought another number of objects than it must: its time would mean nothing."""


@contextlib.contextmanager
def house(database: PostgreSQL, folder: Path, name: str, size: Size) -> Iterator[Contestant]:
    """A running server on a database of that size, with its finds. Raises WrongAnswer."""
    uri = database.create_database(name)
    with parsonage({**OPTIONS, "databaseURI": uri}, folder=folder, arguments=("--production",)) as server:
        port = server.port
        ask(port, "POST", f"{MOUNT}/schemas/{CLASS}", MASTER, {"fields": COLUMNS})
        ask(port, "PUT", f"{MOUNT}/schemas/{CLASS}", MASTER, {"indexes": INDEXES})
        ada = ask(port, "POST", f"{MOUNT}/users", CLIENT, {"username": "ada", "password": PASSWORD})
        asyncio.run(fill(uri, size, ada["objectId"]))
        headers = {**CLIENT, "X-Parse-Session-Token": ada["sessionToken"]}
        path = f"{MOUNT}/classes/{CLASS}"
        found = ask(port, "GET", path, headers, {"where": {"kind": 7}})["results"]
        if len(found) != READABLE:
            raise WrongAnswer(f"{len(found)} objects instead of {READABLE}")
        finds = [encode("GET", path, headers, where={"kind": kind}) for kind in chosen(size.kinds)]
        yield Contestant(
            f"{size.objects:,}",
            port,
            Workload({work.FIND: finds}),
            lambda: server.pids,
            lambda: [database.process.pid, *descendants(database.process.pid)],
        )


def table(small: Line, large: Line) -> str:
    """The two as text."""
    rows = [f"{'objects':>12}{'CPU µs':>9}{'with DB':>9}{'±':>6}{'factor':>8}{'at most':>9}"]
    for line in (small, large):
        factor = line.with_database() / small.with_database()
        aim = f"{WANTED:g}" if line is large else ""
        rows.append(
            f"{line.server:>12}{line.processor():>9.0f}{line.with_database():>9.0f}"
            f"{line.spread():>6.0%}{factor:>8.2f}{aim:>9}"
        )
    return "\n".join(rows)


def main() -> None:
    """Read the command line, fill both houses, measure, print."""
    told = words("benchmarks.scale", __doc__, ()).parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parsonage-benchmark-")))
        database = stack.enter_context(postgresql(AS_SAFE_AS_SQLITE))
        houses: list[Contestant] = []
        for name, size in (("small", SMALL), ("large", LARGE)):
            (folder / name).mkdir()
            houses.append(stack.enter_context(house(database, folder / name, name, size)))
            print(f"{size.objects:,} objects are there", file=sys.stderr)
        small, large = measure_operation(houses, work.FIND, told)
    print(table(small, large))
    keep(small, told.json)


if __name__ == "__main__":
    main()
