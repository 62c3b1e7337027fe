"""The database is killed under load and comes back: every request is answered, and no answered write is lost."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.clients import OPTIONS, Clients, stored
from tests.machinery.ours import parsonage
from tests.machinery.postgresql import KEPT_BY_THE_SYSTEM, PostgreSQL, postgresql
from tests.machinery.processes import POLL, START_LIMIT, Server, wait_for_health


@pytest.fixture
def database() -> Iterator[PostgreSQL]:
    with postgresql(KEPT_BY_THE_SYSTEM) as running:
        yield running


@pytest.fixture
def server(database: PostgreSQL, tmp_path: Path) -> Iterator[Server]:
    options = {**OPTIONS, "logLevel": "error", "workers": 2, "databaseURI": database.create_database("fleet")}
    with parsonage(options, folder=tmp_path) as running:
        yield running


def health(server: Server) -> tuple[int, object]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/parse/health")
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def ill_health(server: Server) -> tuple[int, object]:
    """What ``/health`` says once it no longer says 200."""
    deadline = time.monotonic() + START_LIMIT
    while (answer := health(server))[0] == 200 and time.monotonic() < deadline:
        time.sleep(POLL)
    return answer


def kill_and_start_again(database: PostgreSQL, server: Server, clients: Clients) -> tuple[int, object]:
    """Kill the database under load and start it again; what ``/health`` said meanwhile."""
    clients.wait_for(50)
    database.kill()
    said = ill_health(server)
    database.start_again()
    wait_for_health(server)
    clients.wait_for(50)
    return said


def test_a_database_that_is_killed_costs_no_answered_write(database: PostgreSQL, server: Server) -> None:
    clients = Clients(server.url, bears_code_100=True)

    said = kill_and_start_again(database, server, clients)
    clients.stop()

    assert said == (503, {"status": "error", "database": "unreachable"})
    assert clients.lost == []
    assert set(clients.stored) <= stored(server.url)


@pytest.mark.long
def test_a_database_that_is_killed_twenty_times(database: PostgreSQL, server: Server) -> None:
    clients = Clients(server.url, bears_code_100=True)

    said = [kill_and_start_again(database, server, clients)[0] for _ in range(20)]
    clients.stop()

    assert said == [503] * 20
    assert clients.lost == []
    assert set(clients.stored) <= stored(server.url)
