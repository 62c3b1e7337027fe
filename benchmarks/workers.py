"""Two workers against one: ``python -m benchmarks.workers``.

Both serve one database on the same PostgreSQL, so every request is the same for both. Wanted is a processor time per
request of at most 1.15 times that of one worker, and for a function at least 1.6 times its requests per second.

The rate needs a machine with nothing else to do: two workers and the load generator share its cores. What the
generator takes is shown, because it bounds the rate: with two cores, workers that take w and a generator that takes g
per request can reach 2w / (w + g) times the rate of one worker. So the load is put on by ``wrk``, where it is
installed, and else by a generator in Python, which says so. Nothing here asserts a time.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from tests.machinery.ours import parsonage
from tests.machinery.postgresql import AS_SAFE_AS_SQLITE, PostgreSQL, postgresql
from tests.machinery.processes import Server, descendants

from benchmarks import parse_work, work, wrk
from benchmarks.contestants import OUR_OPTIONS, Contestant
from benchmarks.rounds import Line, keep, measure_operation, words
from benchmarks.work import Workload

OPERATIONS = (work.FUNCTION, work.GET, work.FIND, work.CREATE)

WORKERS = 2


def generator() -> str:
    """The module that puts the load on."""
    if wrk.is_there():
        return "benchmarks.wrk"
    print(
        f"{wrk.PROGRAM} is missing: the load comes from Python and takes more of the cores ({wrk.HOW_TO_GET_IT})",
        file=sys.stderr,
    )
    return "benchmarks.lean_load"


class Pair(msgspec.Struct, frozen=True):
    """One operation with one worker and with several."""

    one: Line
    several: Line

    def generator(self) -> float:
        """Microseconds that the load generator took for a request."""
        return statistics.median(one.generator for one in self.several.rounds)

    def bound(self) -> float:
        """How many times the rate of one worker two cores allow at most."""
        return 2 * self.one.processor() / (self.one.processor() + self.generator())

    def processor(self) -> float:
        """Processor time per request of several workers over that of one."""
        return self.several.processor() / self.one.processor()

    def rate(self) -> float:
        """Requests per second of several workers over those of one."""
        return self.several.rate() / self.one.rate()


class Whole(msgspec.Struct, frozen=True):
    """All that one run has measured."""

    pairs: list[Pair]


@contextlib.contextmanager
def contestants(database: PostgreSQL, folder: Path) -> Iterator[list[Contestant]]:
    """The same app with one worker and with several."""
    options = {**OUR_OPTIONS, "databaseURI": database.create_database("workers")}

    def database_pids() -> list[int]:
        return [database.process.pid, *descendants(database.process.pid)]

    filled: Workload | None = None

    def pids_of(server: Server) -> Callable[[], list[int]]:
        return lambda: server.pids

    with contextlib.ExitStack() as stack:
        ready: list[Contestant] = []
        for count in (1, WORKERS):
            place = folder / str(count)
            place.mkdir()
            server = stack.enter_context(
                parsonage({**options, "workers": count}, folder=place, arguments=("--production",))
            )
            filled = filled or parse_work.prepare(server.port)
            ready.append(Contestant(f"{count} workers", server.port, filled, pids_of(server), database_pids))
        database.analyze("workers")
        yield ready


def text(pairs: list[Pair]) -> str:
    """The report as text."""
    heads = ("CPU µs, 1", "CPU µs, 2", "factor", "req/s, 1", "req/s, 2", "factor", "generator", "bound")
    rows = [f"{'operation':<24}" + "".join(f"{head:>11}" for head in heads)]
    for pair in pairs:
        processor = f"{pair.one.processor():>11.0f}{pair.several.processor():>11.0f}{pair.processor():>11.2f}"
        rate = f"{pair.one.rate():>11.0f}{pair.several.rate():>11.0f}{pair.rate():>11.2f}"
        rows.append(f"{pair.one.operation:<24}{processor}{rate}{pair.generator():>11.0f}{pair.bound():>11.2f}")
    load = os.getloadavg()[0]
    rows.append(f"\n{os.cpu_count()} cores; load average at the end {load:.1f}")
    return "\n".join(rows)


def main() -> None:
    """Read the command line, start both, measure, stop them, print."""
    told = words("benchmarks.workers", __doc__, ()).parse_args()
    pairs: list[Pair] = []
    load = generator()
    with (
        tempfile.TemporaryDirectory(prefix="parsonage-benchmark-") as folder,
        postgresql(AS_SAFE_AS_SQLITE) as database,
        contestants(database, Path(folder)) as both,
    ):
        for operation in told.only or OPERATIONS:
            one, several = measure_operation(both, operation, told, generator=load)
            pairs.append(Pair(one, several))
            print(f"{operation} is measured", file=sys.stderr)
    print(text(pairs))
    keep(Whole(pairs), told.json)


if __name__ == "__main__":
    main()
