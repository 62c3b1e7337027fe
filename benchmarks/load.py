"""The load generator: keep-alive connections that each send a request, wait for its answer, send the next.

It runs as a process of its own (``python -m benchmarks.load``), so that its work is nobody else's: a
`Job` as JSON on standard input, an `Outcome` as JSON on standard output.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from itertools import count, cycle
from typing import cast

import msgspec
import uvloop

PATIENCE = 30.0
"""Seconds that the last answers may take once the time is over."""

NUMBER = b"##number##"
"""Stands in a request for a number of as many digits that no other request gets."""


class Job(msgspec.Struct, frozen=True):
    """Requests, each the bytes of a whole HTTP request, sent one after the other, again and again."""

    port: int
    requests: list[bytes]
    connections: int
    seconds: float


class Outcome(msgspec.Struct, frozen=True):
    """How many were answered in how many seconds, and the first answer that wasn't a success."""

    answered: int
    seconds: float
    refused: str = ""
    processor: float = 0.0
    """Seconds of processor time that the generator took for it, where it tells."""
    p99: float = 0.0
    """Milliseconds within which all but the slowest hundredth were answered."""


class Connection(asyncio.Protocol):
    """One connection; it asks for the next request when an answer is whole."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.received = b""
        self.transport: asyncio.Transport | None = None
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods alone
        self.send()

    def send(self) -> None:
        """Send the next request, or close when the time is over."""
        assert self.transport is not None
        self.sent = time.perf_counter()
        if self.sent < self.run.deadline and not self.run.refused:
            self.transport.write(self.run.next())
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole."""
        self.received += data
        if not is_whole(self.received):
            return
        if not self.received.startswith(b"HTTP/1.1 2"):
            self.run.refused = self.received.decode(errors="replace")
        self.run.waits.append(time.perf_counter() - self.sent)
        self.received = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the run when its last connection has gone."""
        self.run.closed()


def is_whole(answer: bytes) -> bool:
    """Whether the bytes are a whole answer, by its length or its last chunk."""
    head_end = answer.find(b"\r\n\r\n")
    if head_end < 0:
        return False
    head = answer[:head_end].lower()
    at = head.find(b"content-length:")
    if at < 0:
        return answer.endswith(b"\r\n0\r\n\r\n")
    line_end = head.find(b"\r\n", at)
    length = int(head[at + 15 : line_end if line_end >= 0 else None])
    return len(answer) >= head_end + 4 + length


class Run:
    """One run of a job."""

    def __init__(self, job: Job) -> None:
        self.requests = cycle(job.requests)
        self.numbers = count(time.time_ns() // 100_000 % 10 ** len(NUMBER)) if NUMBER in job.requests[0] else None
        self.waits: list[float] = []
        """Seconds that each answer took."""
        self.refused = ""
        self.open = job.connections
        self.deadline = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next(self) -> bytes:
        """The next request."""
        request = next(self.requests)
        if self.numbers is None:
            return request
        return request.replace(NUMBER, b"%0*d" % (len(NUMBER), next(self.numbers)))

    def closed(self) -> None:
        """Count a connection that has gone."""
        self.open -= 1
        if self.open == 0:
            self.done.set_result(None)


async def run(job: Job) -> Outcome:
    """Send requests for the job's time and wait for the last answers."""
    loop = asyncio.get_running_loop()
    this = Run(job)
    started = time.perf_counter()
    this.deadline = started + job.seconds
    for _ in range(job.connections):
        await loop.create_connection(lambda: Connection(this), "127.0.0.1", job.port)
    try:
        await asyncio.wait_for(this.done, job.seconds + PATIENCE)
    except TimeoutError:
        return Outcome(len(this.waits), PATIENCE, f"{this.open} connections wait in vain for their answer")
    seconds = time.perf_counter() - started
    p99 = statistics.quantiles(this.waits, n=100)[-1] * 1000 if len(this.waits) > 1 else 0.0
    return Outcome(len(this.waits), seconds, this.refused, p99=p99)


if __name__ == "__main__":
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(told))))
