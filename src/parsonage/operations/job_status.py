"""``_JobStatus``: what is stored of the runs of jobs.

``params`` holds what has no field of its own: for a run on a schedule ``due``; once it has ended ``milliseconds``, and
``log`` if it wrote into the log; for runs that were skipped ``since``, ``due`` and ``count``.

Rules: reference/cloud-code.md, section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from parsonage.operations.house import House
from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.values import Value, format_milliseconds, from_milliseconds
from parsonage.query.model import Compare, Comparison, Condition, Equals, Query, Sort, all_of
from parsonage.query.typed import typed, typed_condition
from parsonage.schema.builtin import VOLATILE
from parsonage.storage.changes import Failed, Insert, Outcome, Patch, Unit

STATUSES = VOLATILE["_JobStatus"]

SCHEDULED = "schedule"
"""``source`` of a run that a schedule started, or that was skipped."""


def running(house: House, job: str, *, source: str, due: int | None = None) -> Insert:
    """The status of a run that begins; ``due`` is in milliseconds since 1970 UTC."""
    details: dict[str, Value] = {} if due is None else {"params": {"due": format_milliseconds(due)}}
    return _status(house, {"jobName": job, "source": source, "status": "running", **details})


def skipped(house: House, job: str, due: Sequence[int], reason: str) -> Insert:
    """The one record of runs in a row that are not made."""
    details: dict[str, Value] = {
        "since": format_milliseconds(due[0]),
        "due": format_milliseconds(due[-1]),
        "count": len(due),
    }
    values: dict[str, Value] = {
        "jobName": job,
        "source": SCHEDULED,
        "status": "skipped",
        "message": reason,
        "finishedAt": from_milliseconds(house.clock()),
        "params": details,
    }
    return _status(house, values)


def _status(house: House, values: Mapping[str, Value]) -> Insert:
    now = house.clock()
    return Insert(STATUSES, house.new_id(), now, now, values, acl=ACL())


def details(due: int | None, began: int, house: House, lines: Iterable[str]) -> dict[str, Value]:
    """What ``params`` of a run that has ended holds."""
    told: dict[str, Value] = {} if due is None else {"due": format_milliseconds(due)}
    told["milliseconds"] = house.clock() - began
    written: list[Value] = list(lines)
    return {**told, "log": written} if written else told


async def finish(house: House, job_id: str, status: str, message: str | None, details: Mapping[str, Value]) -> None:
    """Store how a run ended."""
    ended: dict[str, Value] = {"status": status, "finishedAt": from_milliseconds(house.clock())}
    told = ended if message is None else {**ended, "message": message}
    if isinstance(await change(house, job_id, {**told, "params": dict(details)}), Failed):
        await change(house, job_id, ended)  # a message that can't be stored must not leave it running


async def change(house: House, job_id: str, values: Mapping[str, Value]) -> Outcome:
    """Set fields of one status."""
    operations = {name: op.Set(value) for name, value in values.items()}
    return (await house.storage.write([Unit((Patch(STATUSES, job_id, house.clock(), operations),))]))[0]


def sign(house: House, job_id: str) -> Patch:
    """The sign that a run lives: its ``updatedAt`` is now."""
    return Patch(STATUSES, job_id, house.clock(), {})


def silent(house: House, milliseconds: int) -> Condition:
    """The running ones that showed no sign of life for so long."""
    limit = Compare("updatedAt", Comparison.LESS, from_milliseconds(house.clock() - milliseconds))
    return typed_condition(all_of(Equals("status", "running"), limit), STATUSES)


def lost(house: House, job_id: str, guard: Condition, message: str) -> Patch:
    """The end of a run whose process died."""
    now = house.clock()
    operations = {
        "status": op.Set("failed"),
        "message": op.Set(message),
        "finishedAt": op.Set(from_milliseconds(now)),
    }
    return Patch(STATUSES, job_id, now, operations, guard=guard)


async def is_going_on(house: House, job: str, silent_milliseconds: int) -> bool:
    """Whether a run of the job goes on somewhere and has shown so within that time."""
    limit = Compare("updatedAt", Comparison.GREATER, from_milliseconds(house.clock() - silent_milliseconds))
    going_on = all_of(Equals("jobName", job), Equals("status", "running"), limit)
    return bool(await read(house, typed_condition(going_on, STATUSES), limit=1))


async def earliest_running(house: House, job: str) -> str | None:
    """The id of the run of a job that began first among those that go on."""
    going_on = typed_condition(all_of(Equals("jobName", job), Equals("status", "running")), STATUSES)
    query = Query(STATUSES.name, going_on, order=(Sort("createdAt"), Sort("objectId")), limit=1)
    rows = (await house.storage.find(STATUSES, query, fields=())).wire()
    return rows[0]["objectId"] if rows else None


async def read(house: House, where: Condition, limit: int | None = None) -> list[dict[str, Any]]:
    """Statuses as JSON of an answer."""
    query = typed(Query(STATUSES.name, where, limit=limit), STATUSES)
    return (await house.storage.find(STATUSES, query)).wire()
