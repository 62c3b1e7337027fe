"""Parsonage and Parse Server on one PostgreSQL, in one run: ``python -m benchmarks.on_postgresql``.

One process each, a database each on the same PostgreSQL server. Parsonage's supervisor and worker count, of
Parse Server node alone; what PostgreSQL takes is reported apart. Beside them stands a bare handler that only
reads a row and writes it as JSON: it shows how much of a get is ours.

Files are kept in the database by Parsonage, and by a second one in a folder, as Parse Server keeps them. Parse
Server finds places with PostGIS alone: ``--postgresql 15`` takes the machine's own server, for which Debian has
the package ``postgresql-15-postgis-3``.

Behind the operations come the latency of gets while twenty log-ins are in flight, and the time from the
start of a process to its first answer. Run it from the checkout, with the packages of tests/node installed
(`scripts/test` does that) and ``pip install -e '.[dev]'``.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from tests.machinery.postgresql import AS_SAFE_AS_SQLITE, NEWEST, postgresql

from benchmarks import work
from benchmarks.contestants import Contestant, OnPostgreSQL
from benchmarks.rounds import Report, keep, load_on, measure_all, outcome_of, send, table, words

WANTED = {
    work.GET: 4.0,
    work.GET_BY_ROLE: 4.0,
    work.FUNCTION: 4.0,
    work.FIND: 3.0,
    work.INCLUDE: 3.0,
    work.COUNT: 3.0,
    work.CREATE: 3.0,
    work.CREATE_CHECKED: 3.0,
    work.UPDATE: 3.0,
    work.BATCH: 5.0,
    work.LOG_IN: 0.9,
    work.SIGN_UP: 0.9,
    **dict.fromkeys(work.OPERATIONS[work.OPERATIONS.index(work.AGGREGATE) :], 1.0),
}
"""How many times less processor time than the peer's a request is to take."""

LOG_INS = 20
"""Log-ins in flight while others are watched."""

OTHERS = 4
"""Connections of those others."""


class Crowded(msgspec.Struct, frozen=True):
    """The 99th percentile of gets in milliseconds, round by round: alone, and beside the log-ins."""

    server: str
    alone: list[float]
    beside: list[float]


class Starts(msgspec.Struct, frozen=True):
    """Seconds from the start of the process to its first answer, round by round, on a database that is filled."""

    server: str
    seconds: list[float]


class Whole(msgspec.Struct, frozen=True):
    """All that one run has measured."""

    operations: Report
    crowded: list[Crowded]
    starts: list[Starts]


def beside_log_ins(contestants: list[Contestant], rounds: int, seconds: float) -> list[Crowded]:
    """Watch gets alone, and while log-ins are in flight."""
    found = [Crowded(one.name, [], []) for one in contestants]
    for _ in range(rounds):
        for one, result in zip(contestants, found, strict=True):
            result.alone.append(send(one, work.GET, seconds, OTHERS).p99)
            crowd = load_on(one, work.LOG_IN, seconds + 3, LOG_INS)
            time.sleep(1)  # the crowd's process has to start; its work is long enough for both
            result.beside.append(send(one, work.GET, seconds, OTHERS).p99)
            outcome_of(crowd)
    return found


def starts(cast: OnPostgreSQL, folder: Path, rounds: int) -> list[Starts]:
    """Start each server again and again, one after the other."""
    servers = {"Parsonage": cast.start_ours, "Parse Server": cast.start_peer}
    found = [Starts(name, []) for name in servers]
    for number in range(rounds):
        for start, result in zip(servers.values(), found, strict=True):
            place = folder / f"start-{result.server[:5]}-{number}"
            place.mkdir()
            begun = time.perf_counter()
            with start(place):
                result.seconds.append(time.perf_counter() - begun)
    return found


def text(whole: Whole) -> str:
    """The report as text."""
    rows = [table(whole.operations, WANTED)]
    rows.append(f"\n{'p99 of gets, ms':<24}{'server':<14}{'alone':>9}{LOG_INS:>5} log-ins{'factor':>9}")
    for one in whole.crowded:
        alone, beside = statistics.median(one.alone), statistics.median(one.beside)
        rows.append(f"{'':<24}{one.server:<14}{alone:>9.1f}{beside:>13.1f}{beside / alone:>9.2f}")
    rows.append(f"\n{'start to first answer':<24}{'server':<14}{'median':>9}{'least':>9}{'most':>9}   s")
    for begin in whole.starts:
        figures = (statistics.median(begin.seconds), min(begin.seconds), max(begin.seconds))
        rows.append(f"{'':<24}{begin.server:<14}" + "".join(f"{figure:>9.2f}" for figure in figures))
    return "\n".join(rows)


def main() -> None:
    """Read the command line, start and fill the servers, measure, stop them, print."""
    reader = words("benchmarks.on_postgresql", __doc__, tuple(OnPostgreSQL.NAMES))
    reader.add_argument("--operations-only", action="store_true", help="leave out latency beside log-ins, and starts")
    reader.add_argument("--postgresql", type=int, default=NEWEST, help=f"version of PostgreSQL ({NEWEST})")
    told = reader.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parsonage-benchmark-")))
        cast = OnPostgreSQL(stack.enter_context(postgresql(AS_SAFE_AS_SQLITE, version=told.postgresql)))
        contestants: list[Contestant] = []
        for name in told.servers or OnPostgreSQL.NAMES:
            (folder / name).mkdir()
            contestants.append(stack.enter_context(cast.contestant(name, folder / name)))
            print(f"{contestants[-1].name} is ready", file=sys.stderr)
        operations = measure_all(contestants, told)
        crowded, begun = [], []
        if not told.operations_only:
            able = [one for one in contestants if work.LOG_IN in one.work.requests]
            crowded = beside_log_ins(able, told.rounds, told.seconds)
            begun = starts(cast, folder, told.rounds)
    whole = Whole(operations, crowded, begun)
    print(text(whole))
    keep(whole, told.json)


if __name__ == "__main__":
    main()
