"""The load generator: keep-alive connections that each send a request, wait for its answer, send the next.

It runs as a process of its own (``python -m benchmarks.load``), so that its work is nobody else's: a
`Job` as JSON on standard input, an `Outcome` as JSON on standard output.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import cycle
from typing import cast

import msgspec
import uvloop

PATIENCE = 30.0
"""Seconds that the last answers may take once the time is over."""


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


class Connection(asyncio.Protocol):
    """One connection; it asks for the next request when an answer is whole."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.received = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods alone
        self.send()

    def send(self) -> None:
        """Send the next request, or close when the time is over."""
        assert self.transport is not None
        if time.perf_counter() < self.run.deadline and not self.run.refused:
            self.transport.write(next(self.run.requests))
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole."""
        self.received += data
        if not is_whole(self.received):
            return
        if not self.received.startswith(b"HTTP/1.1 2"):
            self.run.refused = self.received.decode(errors="replace")
        self.run.answered += 1
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
        self.answered = 0
        self.refused = ""
        self.open = job.connections
        self.deadline = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

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
        return Outcome(this.answered, PATIENCE, f"{this.open} connections wait in vain for their answer")
    return Outcome(this.answered, time.perf_counter() - started, this.refused)


if __name__ == "__main__":
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(told))))
