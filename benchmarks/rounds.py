"""Measuring servers side by side: each operation is heated, then measured in rounds that go from server to server.

So a slow minute of the machine meets them all. Processor time per request decides; it hardly depends on
what else the machine does. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.contestants import Contestant
from benchmarks.cost import memory, processor_seconds
from benchmarks.load import Job, Outcome
from benchmarks.work import OPERATIONS

IDLE = 3.0
"""Seconds of rest before memory is read."""


GENERATOR = "benchmarks.load"
"""The module that puts the load on."""


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
    generator: float = 0.0
    """Microseconds of the load generator per request, where it tells."""


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
    """What one run has measured of the operations."""

    lines: list[Line]
    memory: list[Memory]


def load_on(
    contestant: Contestant, operation: str, seconds: float, connections: int, *, generator: str = GENERATOR
) -> subprocess.Popen[bytes]:
    """Begin to put load on a server, from a process of its own; `outcome_of` waits for its end."""
    job = Job(contestant.port, contestant.work.requests[operation], connections, seconds)
    process = subprocess.Popen([sys.executable, "-m", generator], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(job))
    process.stdin.close()
    return process


def outcome_of(process: subprocess.Popen[bytes]) -> Outcome:
    """Wait until a load is over.

    Raises:
        RequestRefused: an answer was no success.

    """
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.read()
    process.wait()
    outcome = msgspec.json.decode(said, type=Outcome)
    if outcome.refused:
        raise RequestRefused(outcome.refused[:2000])
    return outcome


def send(
    contestant: Contestant, operation: str, seconds: float, connections: int, *, generator: str = GENERATOR
) -> Outcome:
    """Put load on a server for some seconds. Raises RequestRefused."""
    return outcome_of(load_on(contestant, operation, seconds, connections, generator=generator))


def measure(contestant: Contestant, operation: str, seconds: float, connections: int, generator: str) -> Round:
    """Measure one stretch."""
    own, beside = processor_seconds(contestant.pids()), processor_seconds(contestant.database_pids())
    outcome = send(contestant, operation, seconds, connections, generator=generator)
    own = processor_seconds(contestant.pids()) - own
    beside = processor_seconds(contestant.database_pids()) - beside
    each = 1e6 / outcome.answered
    return Round(outcome.answered, outcome.seconds, own * each, (own + beside) * each, outcome.processor * each)


def measure_operation(
    contestants: Sequence[Contestant], operation: str, told: argparse.Namespace, *, generator: str = GENERATOR
) -> list[Line]:
    """Heat an operation on every server that has it, and measure it in rounds."""
    able = [one for one in contestants if operation in one.work.requests]
    for contestant in able:
        send(contestant, operation, told.heat, told.connections, generator=generator)
    rounds: dict[str, list[Round]] = {contestant.name: [] for contestant in able}
    for _ in range(told.rounds):
        for contestant in able:
            rounds[contestant.name].append(measure(contestant, operation, told.seconds, told.connections, generator))
    return [Line(operation, name, done) for name, done in rounds.items()]


def idle(contestants: Sequence[Contestant]) -> list[tuple[int, int]]:
    """Each server's memory and its database's, after a rest."""
    time.sleep(IDLE)
    return [(memory(one.pids()), memory(one.database_pids())) for one in contestants]


def measure_all(contestants: Sequence[Contestant], told: argparse.Namespace) -> Report:
    """Measure the operations that were asked for, with the memory before and after them."""
    before = idle(contestants)
    lines: list[Line] = []
    for operation in told.only or OPERATIONS:
        lines += measure_operation(contestants, operation, told)
        print(f"{operation} is measured", file=sys.stderr)
    after = idle(contestants)
    memories = [
        Memory(one.name, start[0], end[0], start[1], end[1])
        for one, start, end in zip(contestants, before, after, strict=True)
    ]
    return Report(lines, memories)


def table(report: Report, wanted: Mapping[str, float]) -> str:
    """The report as text: one block per operation, the peer's time over ours as a factor."""
    rows = [f"{'operation':<24}{'server':<14}{'CPU µs':>9}{'±':>6}{'with DB':>9}{'req/s':>8}{'peer ÷':>8}{'wanted':>8}"]
    peers = {line.operation: line.processor() for line in report.lines if line.server == "Parse Server"}
    for line in report.lines:
        factor = f"{peers[line.operation] / line.processor():.2f}" if line.operation in peers else ""
        aim = f"{wanted[line.operation]:g}" if line.server == "Parsonage" and line.operation in wanted else ""
        rows.append(
            f"{line.operation:<24}{line.server:<14}{line.processor():>9.0f}{line.spread():>6.0%}"
            f"{line.with_database():>9.0f}{line.rate():>8.0f}{factor:>8}{aim:>8}"
        )
    rows.append(f"\n{'idle memory':<24}{'server':<14}{'at start':>9}{'later':>9}{'DB start':>9}{'DB later':>9}   MiB")
    for one in report.memory:
        sizes = (one.at_start, one.after_work, one.database_at_start, one.database_after_work)
        rows.append(f"{'':<24}{one.server:<14}" + "".join(f"{size / 2**20:>9.1f}" for size in sizes))
    return "\n".join(rows)


def words(program: str, description: str | None, servers: Sequence[str]) -> argparse.ArgumentParser:
    """The words of a command that measures in rounds."""
    words = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    words.add_argument("--rounds", type=int, default=5, help="rounds of each operation (5)")
    words.add_argument("--seconds", type=float, default=3.0, help="seconds of each stretch (3)")
    words.add_argument("--heat", type=float, default=3.0, help="seconds of heating before the rounds (3)")
    words.add_argument("--connections", type=int, default=16, help="connections that are kept busy (16)")
    words.add_argument("--only", action="append", choices=OPERATIONS, help="this operation; may be repeated")
    words.add_argument("--servers", action="append", choices=servers, help="this server; may be repeated")
    words.add_argument("--json", type=Path, help="write the rounds to this file, too")
    return words


def keep(report: msgspec.Struct, path: Path | None) -> None:
    """Write a report to a file, if one was named."""
    if path is not None:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
