"""Metrics: what the workers have counted, in Prometheus' text format, for whoever may see it.

A count is an addition in memory that all workers share, at a place that is known when the server starts. So it costs
about a microsecond, and whichever worker is asked tells the sums of all.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4.
"""

from __future__ import annotations

import hmac
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, product
from typing import get_args

from parsonage.commands.batch import Batch
from parsonage.commands.single import SingleCommand
from parsonage.figures import Seat
from parsonage.handlers.counted import End
from parsonage.handlers.registry import Kind
from parsonage.http.addresses import client_address
from parsonage.http.asgi import Headers, Scope
from parsonage.http.replies import Reply
from parsonage.operations.caller import is_allowed
from parsonage.options.model import Options
from parsonage.storage.interface import Condition, Storage

PATH = "/metrics"

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the upper ends of the parts of a histogram; a last one has none."""

_CONTENT_TYPE = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")

_CLASSES = ("2xx", "3xx", "4xx", "5xx")
_KINDS = (*get_args(SingleCommand), Batch, None)
"""What a request may be; ``None`` is one that was refused before it could be read, or had nothing to carry out."""
_HANDLERS = tuple(product(Kind, End))

_PER_COMMAND = len(_CLASSES) + len(BUCKETS) + 2
_COMMANDS = {kind: number * _PER_COMMAND for number, kind in enumerate(_KINDS)}
_RUNS = len(_KINDS) * _PER_COMMAND
_RUN_SECONDS = _RUNS + len(_HANDLERS)
_STORAGE = _RUN_SECONDS + len(_HANDLERS)
_RUN_PLACES = {pair: number for number, pair in enumerate(_HANDLERS)}
_CONNECTIONS, _IN_USE, _UNKNOWN = range(_STORAGE, _STORAGE + 3)


class Meter:
    """Counts what this worker does."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self._cells = seat.cells
        self._unknown = 0

    def request(self, kind: type | None, status: int, seconds: float) -> None:
        """Count a request by its command, the class of its status, and its time."""
        cells, place = self._cells, _COMMANDS[kind]
        cells[place + status // 100 - 2] += 1
        place += len(_CLASSES)
        cells[place + bisect_left(BUCKETS, seconds)] += 1
        cells[place + len(BUCKETS) + 1] += seconds

    def handler(self, kind: Kind, end: End, seconds: float) -> None:
        """Count a run of a handler."""
        place = _RUN_PLACES[kind, end]
        self._cells[_RUNS + place] += 1
        self._cells[_RUN_SECONDS + place] += seconds

    def storage(self, condition: Condition) -> None:
        """Take over what the storage counts by itself."""
        self._cells[_CONNECTIONS] = condition.connections
        self._cells[_IN_USE] = condition.in_use
        # What stands in the cell may be of a worker that sat here before.
        self._cells[_UNKNOWN] += condition.outcomes_unknown - self._unknown
        self._unknown = condition.outcomes_unknown


class Metrics:
    """Tells what was counted, to those who may know."""

    def __init__(self, meter: Meter, storage: Storage, options: Options) -> None:
        self.meter = meter
        self._storage = storage
        self._token = options.metrics.token
        self._addresses = options.keys.master_ips
        self._trust_proxy = options.network.trust_proxy

    def take_over(self) -> None:
        """Put what the storage of this worker counts where every worker sees it."""
        self.meter.storage(self._storage.condition())

    def reply(self, scope: Scope, headers: Headers) -> Reply:
        """The answer to ``GET /metrics``: 403 for whoever may not see it."""
        if not self._may_see(scope, headers):
            return Reply(403, [_CONTENT_TYPE], b"unauthorized\n")
        self.take_over()
        return Reply(200, [_CONTENT_TYPE], "".join(_lines(self.meter.seat)).encode())

    def _may_see(self, scope: Scope, headers: Headers) -> bool:
        if self._token is not None:
            given = headers.find(b"authorization") or ""
            return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())
        forwarded = headers.find(b"x-forwarded-for")
        if self._trust_proxy is False and (forwarded is not None or headers.find(b"forwarded") is not None):
            return False  # a proxy on this machine would lend its address to everybody
        return is_allowed(client_address(scope, forwarded, self._trust_proxy), self._addresses)


def _lines(seat: Seat) -> Iterator[str]:
    yield from _family("parsonage_requests_total", "counter", "Requests by command and class of status.")
    for kind, (number, status) in product(_KINDS, enumerate(_CLASSES)):
        count = seat.sum(_COMMANDS[kind] + number)
        if count:
            yield _sample("parsonage_requests_total", count, command=_label(kind), status=status)
    yield from _family("parsonage_request_seconds", "histogram", "Time from a request's head to its answer.")
    for kind in _KINDS:
        yield from _histogram(seat, kind)
    yield from _family("parsonage_handler_runs_total", "counter", "Runs of Cloud Code handlers by kind and end.")
    yield from _handlers(seat, "parsonage_handler_runs_total", _RUNS)
    yield from _family("parsonage_handler_seconds_total", "counter", "Time that handlers took.")
    yield from _handlers(seat, "parsonage_handler_seconds_total", _RUN_SECONDS)
    for name, cell, text in (
        ("parsonage_database_connections", _CONNECTIONS, "Connections to the database that are held for requests."),
        ("parsonage_database_connections_in_use", _IN_USE, "Those of them that carry out something."),
    ):
        yield from _family(name, "gauge", text)
        yield _sample(name, seat.sum_now(cell))
    yield from _family("parsonage_outcomes_unknown_total", "counter", "Writes whose connection broke: done or not?")
    yield _sample("parsonage_outcomes_unknown_total", seat.sum(_UNKNOWN))
    yield from _family("parsonage_workers", "gauge", "Workers that take connections.")
    yield _sample("parsonage_workers", seat.workers())


def _histogram(seat: Seat, kind: type | None) -> Iterator[str]:
    first = _COMMANDS[kind] + len(_CLASSES)
    counts = list(accumulate(seat.sum(first + number) for number in range(len(BUCKETS) + 1)))
    if not counts[-1]:
        return
    label = _label(kind)
    for end, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
        yield _sample("parsonage_request_seconds_bucket", count, command=label, le=end)
    yield _sample("parsonage_request_seconds_sum", seat.sum(first + len(BUCKETS) + 1), command=label)
    yield _sample("parsonage_request_seconds_count", counts[-1], command=label)


def _handlers(seat: Seat, name: str, first: int) -> Iterator[str]:
    for (kind, end), place in _RUN_PLACES.items():
        if seat.sum(_RUNS + place):
            yield _sample(name, seat.sum(first + place), kind=kind.value, end=end.value)


def _family(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}\n"
    yield f"# TYPE {name} {kind}\n"


def _sample(name: str, value: float, **labels: str) -> str:
    # Every label is a word of ours: none needs to be escaped.
    inside = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value:.15g}\n" if inside else f"{name} {value:.15g}\n"


def _label(kind: type | None) -> str:
    return "none" if kind is None else re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
