"""``/metrics``: the sums of all workers, in a form that Prometheus' own library reads, for those who may see them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from parsonage.figures import Seat, shared_memory
from parsonage.handlers.counted import End
from parsonage.handlers.registry import Kind
from parsonage.http.metrics import Meter
from parsonage.storage.interface import Condition
from tests.fleet.clients import HEADERS, OPTIONS
from tests.machinery.ours import parsonage
from tests.machinery.processes import Server

CLOUD = """
from parsonage.cloud import Cloud

cloud = Cloud()


@cloud.function
async def hello(request):
    return "hi"


@cloud.function
async def broken(request):
    raise RuntimeError("no")
"""

Samples = dict[tuple[str, frozenset[str]], float]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "main.py").write_text(CLOUD)
    options = {**OPTIONS, "logLevel": "error", "workers": 2, "metrics": True, "cloud": str(folder / "main.py")}
    with parsonage(options, folder=folder) as running:
        yield running


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Server]:
    with parsonage({**OPTIONS, "metrics": True, "metricsToken": "the-token"}, folder=tmp_path) as running:
        yield running


def ask(server: Server, method: str, path: str, headers: Mapping[str, str] = HEADERS) -> tuple[int, str]:
    """One request on a connection of its own, so that any worker may answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, json.dumps({}) if method == "POST" else None, dict(headers))
    response = connection.getresponse()
    answer = response.status, response.read().decode()
    connection.close()
    return answer


def samples(server: Server) -> Samples:
    status, text = ask(server, "GET", "/metrics", {})
    assert status == 200
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def grown(before: Samples, after: Samples, name: str, *labels: str) -> float:
    key = name, frozenset(labels)
    return after[key] - before.get(key, 0)


class TestWhatIsCounted:
    def test_requests_of_all_workers_are_summed_by_command_and_status(self, server: Server) -> None:
        before = samples(server)
        answers = [ask(server, "GET", "/parse/classes/Note")[0] for _ in range(10)]
        missing = ask(server, "GET", "/parse/classes/Note/none")[0]

        after = samples(server)

        assert (answers, missing) == ([200] * 10, 404)
        assert grown(before, after, "parsonage_requests_total", "find", "2xx") == 10
        assert grown(before, after, "parsonage_requests_total", "get", "4xx") == 1

    def test_durations_stand_in_a_histogram(self, server: Server) -> None:
        before = samples(server)
        ask(server, "POST", "/parse/classes/Note")

        after = samples(server)

        assert grown(before, after, "parsonage_request_seconds_count", "create") == 1
        assert grown(before, after, "parsonage_request_seconds_bucket", "create", "+Inf") == 1
        assert grown(before, after, "parsonage_request_seconds_sum", "create") > 0

    def test_runs_of_handlers_are_counted_by_their_end(self, server: Server) -> None:
        before = samples(server)
        ask(server, "POST", "/parse/functions/hello")
        ask(server, "POST", "/parse/functions/broken")

        after = samples(server)

        assert grown(before, after, "parsonage_handler_runs_total", "function", "done") == 1
        assert grown(before, after, "parsonage_handler_runs_total", "function", "refused") == 1

    def test_what_can_not_be_read_is_counted_without_a_command(self, server: Server) -> None:
        before = samples(server)
        ask(server, "GET", "/parse/classes/Note", {})

        after = samples(server)

        assert grown(before, after, "parsonage_requests_total", "none", "4xx") == 1

    def test_unknown_outcomes_and_workers_are_told(self, server: Server) -> None:
        told = samples(server)

        assert told["parsonage_outcomes_unknown_total", frozenset()] == 0
        assert told["parsonage_workers", frozenset()] in (1, 2)  # the second may still be starting


class TestWhoMaySee:
    def test_without_a_token_the_addresses_of_the_master_key_may(self, server: Server) -> None:
        assert ask(server, "GET", "/metrics", {})[0] == 200

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
    def test_a_proxy_on_this_machine_opens_it_to_nobody(self, server: Server, header: str) -> None:
        assert ask(server, "GET", "/metrics", {header: "192.0.2.1"}) == (403, "unauthorized\n")

    def test_a_token_is_asked_for_where_there_is_one(self, guarded: Server) -> None:
        answers = [
            ask(guarded, "GET", "/metrics", headers)[0]
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer the-token"})
        ]

        assert answers == [403, 403, 200]

    def test_it_is_not_there_unless_it_is_asked_for(self, tmp_path: Path) -> None:
        with parsonage(OPTIONS, folder=tmp_path) as plain:
            assert ask(plain, "GET", "/metrics")[0] == 404


def test_every_count_has_its_cell() -> None:
    meter = Meter(Seat(shared_memory(1), 0))

    meter.request(None, 599, 99.0)
    meter.handler(list(Kind)[-1], End.TIMEOUT, 1.0)
    meter.storage(Condition(connections=3, in_use=2, outcomes_unknown=1))

    assert sorted(cell for cell in meter.seat.cells.tolist() if cell) == [1, 1, 1, 1, 1, 2, 3, 99]
