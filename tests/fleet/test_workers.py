"""Workers come and go under load, and every request is answered: real processes on one SQLite file."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fleet.clients import HEADERS, OPTIONS, Clients, stored
from tests.machinery.ours import parsonage, start_parsonage
from tests.machinery.processes import POLL, START_LIMIT, Server, children

WORKERS = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is still running when its tests are over."""
    with parsonage({**OPTIONS, "workers": WORKERS}, folder=tmp_path_factory.mktemp("fleet")) as running:
        wait_for_workers(running)
        yield running


def connections(server: Server) -> list[int]:
    """How many connections each worker that accepts them has."""
    [figures] = [
        descriptor
        for descriptor in list(Path(f"/proc/{server.process.pid}/fd").iterdir())
        if "parsonage-figures" in os.readlink(descriptor)
    ]
    with figures.open("rb") as file:
        tally = struct.unpack(f"{2 * WORKERS}q", file.read(2 * WORKERS * 8))
    return [number - 1 for number in tally if number]


def wait_for_workers(server: Server) -> list[int]:
    """The workers, once all of them accept connections and none has any."""
    wait_until(lambda: connections(server) == [0] * WORKERS)
    return children(server.process.pid)


def wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again, for as long as a server may take to start."""
    deadline = time.monotonic() + START_LIMIT
    while not holds() and time.monotonic() < deadline:
        time.sleep(POLL)


def wait_for_end(workers: list[int]) -> None:
    """Wait until these processes have ended."""
    for worker in workers:
        process = os.pidfd_open(worker)
        select.select([process], [], [], START_LIMIT)
        os.close(process)


Connect = Callable[[Server], http.client.HTTPConnection]


@pytest.fixture
def connected() -> Iterator[Connect]:
    """Makes connections, and closes them."""
    made: list[http.client.HTTPConnection] = []

    def connect(server: Server) -> http.client.HTTPConnection:
        made.append(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30))
        return made[-1]

    yield connect
    for connection in made:
        connection.close()


def asked(connection: http.client.HTTPConnection, server: Server, path: str) -> http.client.HTTPResponse:
    connection.request("GET", urlsplit(server.url).path + path, headers=HEADERS)
    response = connection.getresponse()
    response.read()
    return response


class TestSeveralWorkers:
    def test_connections_are_shared_out_evenly(self, server: Server, connected: Connect) -> None:
        wait_for_workers(server)

        answers = [asked(connected(server), server, "/health").status for _ in range(16)]
        wait_until(lambda: sum(connections(server)) == 16)  # one that asked whether the server is there may still go

        shares = connections(server)
        assert answers == [200] * 16
        assert sum(shares) == 16
        assert max(shares) - min(shares) <= 4

    def test_a_rolling_restart_loses_no_request(self, server: Server) -> None:
        before = wait_for_workers(server)
        clients = Clients(server.url)
        clients.wait_for(50)

        server.process.send_signal(signal.SIGHUP)
        wait_for_end(before)
        clients.wait_for(50)
        clients.stop()

        assert clients.lost == []
        assert set(clients.stored) <= stored(server.url)
        assert set(wait_for_workers(server)).isdisjoint(before)

    def test_what_one_worker_is_told_the_others_know(self, server: Server, connected: Connect) -> None:
        kept = [connected(server) for _ in range(8)]
        first = kept[0]
        closed = {"classLevelPermissions": {"find": {}, "create": {"*": True}}}
        first.request("POST", "/parse/schemas/Secret", json.dumps({"className": "Secret", **closed}), HEADERS)
        first.getresponse().read()
        keys = {name: value for name, value in HEADERS.items() if "Master" not in name}

        statuses = [ask_without_master_key(connection, keys) for connection in kept]

        assert statuses == [400] * 8


def ask_without_master_key(connection: http.client.HTTPConnection, keys: dict[str, str]) -> int:
    connection.request("GET", "/parse/classes/Secret", headers=keys)
    response = connection.getresponse()
    response.read()
    return response.status


class TestTheEnd:
    @pytest.fixture
    def mortal(self, tmp_path: Path) -> Iterator[Server]:
        """A server that does not outlive its test."""
        running = start_parsonage({**OPTIONS, "workers": WORKERS, "stopDelay": 0.3}, folder=tmp_path)
        yield running
        running.stop()

    def test_no_request_is_lost_when_the_server_stops(self, mortal: Server) -> None:
        wait_for_workers(mortal)
        clients = Clients(mortal.url)
        clients.wait_for(50)

        mortal.process.terminate()
        clients.wait()

        assert clients.lost == []
        assert mortal.process.wait() == 0

    def test_health_says_that_it_stops_while_all_else_is_answered(self, mortal: Server, connected: Connect) -> None:
        health, other = connected(mortal), connected(mortal)
        assert asked(health, mortal, "/health").status == 200
        mortal.process.terminate()

        deadline = time.monotonic() + START_LIMIT
        while asked(health, mortal, "/health").status == 200 and time.monotonic() < deadline:
            time.sleep(POLL)
        answer = asked(other, mortal, "/classes/Note")

        assert answer.status == 200
        assert mortal.process.wait() == 0

    def test_the_last_answer_on_a_connection_says_so(self, mortal: Server, connected: Connect) -> None:
        kept = connected(mortal)
        assert asked(kept, mortal, "/health").getheader("connection") is None
        mortal.process.terminate()

        deadline = time.monotonic() + START_LIMIT
        while (answer := asked(kept, mortal, "/classes/Note")).getheader("connection") is None:
            assert time.monotonic() < deadline
            time.sleep(POLL)

        assert (answer.status, answer.getheader("connection")) == (200, "close")
        assert mortal.process.wait() == 0
