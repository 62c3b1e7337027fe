"""Parsonage beside Parse Server and PocketBase, in one run: ``python -m benchmarks.against_parse_server``.

Each operation is heated on every server, then measured in rounds that go from server to server, so
that a slow minute of the machine meets them all. Processor time per request decides; it hardly
depends on what else the machine does. For Parse Server that is node's time alone; what PostgreSQL
takes for it is shown beside it. Parsonage and PocketBase have their database within.

Run it from the checkout, with the packages of tests/node installed (`scripts/test` does that) and
``pip install -e '.[dev,bench]'``. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.cost import memory, processor_seconds
from benchmarks.load import Job, Outcome
from benchmarks.work import OPERATIONS, WANTED

IDLE = 3.0
"""Seconds of rest before memory is read."""


class RequestRefused(RuntimeError):
    """A measured request was answered with an error: its time would mean nothing."""


class Round(msgspec.Struct, frozen=True):
    """One measured stretch."""

    requests: int
    seconds: float
    processor: float
    """Microseconds of the deciding processes per request."""
    with_database: float
    """The same with the database server's."""


class Line(msgspec.Struct, frozen=True):
    """One operation on one server."""

    operation: str
    server: str
    rounds: list[Round]

    def processor(self) -> float:
        """The median of the rounds, in microseconds per request."""
        return statistics.median(one.processor for one in self.rounds)

    def with_database(self) -> float:
        """The median with the database server's time."""
        return statistics.median(one.with_database for one in self.rounds)

    def spread(self) -> float:
        """The distance of the furthest round from the median, as a share of it."""
        middle = self.processor()
        return max(abs(one.processor - middle) for one in self.rounds) / middle

    def rate(self) -> float:
        """Requests per second, the median."""
        return statistics.median(one.requests / one.seconds for one in self.rounds)


class Memory(msgspec.Struct, frozen=True):
    """What a server holds while nobody asks, in bytes: before the work, and after all of it."""

    server: str
    at_start: int
    after_work: int
    database_at_start: int
    database_after_work: int


class Report(msgspec.Struct, frozen=True):
    """All that one run has measured."""

    lines: list[Line]
    memory: list[Memory]


def send(contestant: Contestant, operation: str, seconds: float, connections: int) -> Outcome:
    """Put load on a server from a process of its own.

    Raises:
        RequestRefused: an answer was no success.

    """
    job = Job(contestant.port, contestant.work.requests[operation], connections, seconds)
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"], input=msgspec.json.encode(job), stdout=subprocess.PIPE, check=True
    )
    outcome = msgspec.json.decode(ran.stdout, type=Outcome)
    if outcome.refused:
        raise RequestRefused(f"{contestant.name}, {operation}: {outcome.refused[:2000]}")
    return outcome


def measure(contestant: Contestant, operation: str, seconds: float, connections: int) -> Round:
    """Measure one stretch."""
    own, beside = processor_seconds(contestant.pids()), processor_seconds(contestant.database_pids())
    outcome = send(contestant, operation, seconds, connections)
    own = processor_seconds(contestant.pids()) - own
    beside = processor_seconds(contestant.database_pids()) - beside
    each = 1e6 / outcome.answered
    return Round(outcome.answered, outcome.seconds, own * each, (own + beside) * each)


def measure_operation(contestants: list[Contestant], operation: str, told: argparse.Namespace) -> list[Line]:
    """Heat an operation on every server that has it, and measure it in rounds."""
    able = [one for one in contestants if operation in one.work.requests]
    for contestant in able:
        send(contestant, operation, told.heat, told.connections)
    rounds: dict[str, list[Round]] = {contestant.name: [] for contestant in able}
    for _ in range(told.rounds):
        for contestant in able:
            rounds[contestant.name].append(measure(contestant, operation, told.seconds, told.connections))
    return [Line(operation, name, done) for name, done in rounds.items()]


def idle(contestants: list[Contestant]) -> list[tuple[int, int]]:
    """Each server's memory and its database's, after a rest."""
    time.sleep(IDLE)
    return [(memory(one.pids()), memory(one.database_pids())) for one in contestants]


def table(report: Report) -> str:
    """The report as text: one block per operation, the peer's time over ours as a factor."""
    rows = [f"{'operation':<24}{'server':<14}{'CPU µs':>9}{'±':>6}{'with DB':>9}{'req/s':>8}{'peer ÷':>8}{'wanted':>8}"]
    peers = {line.operation: line.processor() for line in report.lines if line.server == "Parse Server"}
    for line in report.lines:
        factor = f"{peers[line.operation] / line.processor():.2f}" if line.operation in peers else ""
        wanted = f"{WANTED[line.operation]:.0f}" if line.server == "Parsonage" and line.operation in WANTED else ""
        rows.append(
            f"{line.operation:<24}{line.server:<14}{line.processor():>9.0f}{line.spread():>6.0%}"
            f"{line.with_database():>9.0f}{line.rate():>8.0f}{factor:>8}{wanted:>8}"
        )
    rows.append(f"\n{'idle memory':<24}{'server':<14}{'at start':>9}{'later':>9}{'DB start':>9}{'DB later':>9}   MiB")
    for one in report.memory:
        sizes = (one.at_start, one.after_work, one.database_at_start, one.database_after_work)
        rows.append(f"{'':<24}{one.server:<14}" + "".join(f"{size / 2**20:>9.1f}" for size in sizes))
    return "\n".join(rows)


def run(told: argparse.Namespace) -> Report:
    """Start and fill the servers, measure, stop them."""
    names = told.only or OPERATIONS
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parsonage-benchmark-")))
        contestants: list[Contestant] = []
        for name in told.servers or CONTESTANTS:
            (folder / name).mkdir()
            contestants.append(stack.enter_context(CONTESTANTS[name](folder / name)))
            print(f"{contestants[-1].name} is ready", file=sys.stderr)
        before = idle(contestants)
        lines: list[Line] = []
        for operation in names:
            lines += measure_operation(contestants, operation, told)
            print(f"{operation} is measured", file=sys.stderr)
        after = idle(contestants)
    memories = [
        Memory(one.name, start[0], end[0], start[1], end[1])
        for one, start, end in zip(contestants, before, after, strict=True)
    ]
    return Report(lines, memories)


def main() -> None:
    """Read the command line, run, print."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.against_parse_server", description=__doc__)
    words.add_argument("--rounds", type=int, default=5, help="rounds of each operation (5)")
    words.add_argument("--seconds", type=float, default=3.0, help="seconds of each stretch (3)")
    words.add_argument("--heat", type=float, default=3.0, help="seconds of heating before the rounds (3)")
    words.add_argument("--connections", type=int, default=16, help="connections that are kept busy (16)")
    words.add_argument("--only", action="append", choices=OPERATIONS, help="this operation; may be repeated")
    words.add_argument("--servers", action="append", choices=CONTESTANTS, help="this server; may be repeated")
    words.add_argument("--json", type=Path, help="write the rounds to this file, too")
    told = words.parse_args()
    report = run(told)
    print(table(report))
    if told.json:
        told.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))


if __name__ == "__main__":
    main()
