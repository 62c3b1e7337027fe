"""A load generator that takes as little as Python can: bare sockets and one epoll, nothing else.

For rates of several workers, where the generator's own time bounds what can be measured. Like ``benchmarks.load`` it
is a process of its own with a `Job` on standard input and an `Outcome` on standard output; it knows no percentiles.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from itertools import count, cycle

import msgspec

from benchmarks.load import NUMBER, Job, Outcome, is_whole


def run(job: Job) -> Outcome:
    """Keep every connection busy for the job's time, and wait for the last answers."""
    requests = cycle(job.requests)
    numbers = count(time.time_ns() // 100_000 % 10 ** len(NUMBER))

    def following() -> bytes:
        request = next(requests)
        return request.replace(NUMBER, b"%0*d" % (len(NUMBER), next(numbers))) if NUMBER in request else request

    poll = select.epoll()
    open_connections: dict[int, socket.socket] = {}
    started, took = time.perf_counter(), time.process_time()
    deadline = started + job.seconds
    for _ in range(job.connections):
        connection = socket.create_connection(("127.0.0.1", job.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(following())
        open_connections[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
    answered, begun = 0, dict.fromkeys(open_connections, b"")
    while open_connections:
        for number, _ in poll.poll():
            connection = open_connections[number]
            begun[number] += connection.recv(65536)
            answer = begun[number]
            if not is_whole(answer):
                if not answer:
                    return Outcome(answered, time.perf_counter() - started, "a connection was closed")
                continue
            if not answer.startswith(b"HTTP/1.1 2"):
                return Outcome(answered, time.perf_counter() - started, answer.decode(errors="replace"))
            answered += 1
            begun[number] = b""
            if time.perf_counter() < deadline:
                connection.sendall(following())
            else:
                poll.unregister(number)
                del open_connections[number]
                connection.close()
    return Outcome(answered, time.perf_counter() - started, processor=time.process_time() - took)


if __name__ == "__main__":
    told = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(run(told)))
