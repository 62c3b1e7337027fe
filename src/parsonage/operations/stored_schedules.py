"""``_JobSchedule`` rows as schedules: those that the dashboard makes, and how far each schedule has come.

``lastRun`` of a row is the moment of the last run that was started or skipped, in milliseconds since 1970 UTC.
A schedule that Cloud Code declares has a row without a ``jobName``: no other program takes it for one of its own.

Rules: reference/cloud-code.md, section 4; reference/dashboard-requests.md, on jobs.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from parsonage.handlers.schedule import Schedule
from parsonage.handlers.timetable import EVERY_DAY, Daily, Once, Repeated, Timetable
from parsonage.operations.house import House
from parsonage.protocol.values import Value, parse_date, to_milliseconds
from parsonage.query.model import Absent, Condition, Equals, Query, Sort
from parsonage.query.typed import typed_condition
from parsonage.schema.builtin import VOLATILE
from parsonage.storage.changes import Insert, Unit

log = logging.getLogger("parsonage.jobs")

SCHEDULES = VOLATILE["_JobSchedule"]

_BEFORE_THE_ROW = 60_000
"""How far back a new row is looked at: a client says 'now' a little before its row is made."""

_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?Z?")


class Kept(msgspec.Struct, frozen=True):
    """A schedule and how far it has come."""

    schedule: Schedule
    last: int | None
    """``lastRun`` as it is stored."""
    begin: int
    """Runs after this moment are still to be made or skipped."""

    def untouched(self) -> Condition:
        """The condition that nobody else has moved it on."""
        told = Absent("lastRun") if self.last is None else Equals("lastRun", self.last)
        return typed_condition(told, SCHEDULES)


async def kept_schedules(house: House) -> list[Kept]:
    """The schedules of the jobs that this process knows; those that are new begin now."""
    jobs = house.handlers.registry.jobs
    rows = {row["objectId"]: row for row in await schedule_rows(house)}
    declared = [handler.schedule for handler in jobs.values() if handler.schedule is not None]
    known = [await _declared(house, schedule, rows.get(schedule.key)) for schedule in declared]
    for row in rows.values():
        schedule = read_row(row) if row.get("jobName") in jobs else None
        if schedule is not None:
            made = parse_date(row["createdAt"])
            begin = 0 if made is None else to_milliseconds(made) - _BEFORE_THE_ROW
            last = _number(row.get("lastRun"))
            known.append(Kept(schedule, last, begin if last is None else last))
    return known


async def schedule_rows(house: House) -> list[dict[str, Any]]:
    """Every ``_JobSchedule`` as JSON of an answer, the oldest first."""
    query = Query(SCHEDULES.name, order=(Sort("createdAt"), Sort("objectId")))
    return (await house.storage.find(SCHEDULES, query)).wire()


async def _declared(house: House, schedule: Schedule, row: Mapping[str, Any] | None) -> Kept:
    if row is None:
        now = house.clock()
        told = f"{schedule.job}: {schedule.timetable}, declared in Cloud Code"
        values: dict[str, Value] = {"description": told, "lastRun": now}
        await house.storage.write([Unit((Insert(SCHEDULES, schedule.key, now, now, values),))])
        return Kept(schedule, now, now)  # where another process was first, ``last`` is not what is stored
    last = _number(row.get("lastRun"))
    return Kept(schedule, last, house.clock() if last is None else last)


def read_row(row: Mapping[str, Any]) -> Schedule | None:
    """The schedule of a row that names a job; ``None`` for one that never makes it due."""
    timetable = _timetable(row)
    if timetable is None:
        return None
    return Schedule(row["objectId"], row["jobName"], timetable, _params(row.get("params")))


def _timetable(row: Mapping[str, Any]) -> Timetable | None:
    start = _moment(row.get("startAfter"))
    minutes = _number(row.get("repeatMinutes"))
    clock = _time_of_day(row.get("timeOfDay"))
    days = _days(row.get("daysOfWeek"))
    every = None if minutes is None or minutes < 1 else minutes
    if clock is not None:
        return Daily(clock, every, days, start or 0)
    if start is None:
        return None
    return Once(start) if every is None else Repeated(start, every, days)


def _moment(text: Any) -> int | None:
    moment = parse_date(text) if isinstance(text, str) else None
    return None if moment is None else to_milliseconds(moment)


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _time_of_day(text: Any) -> int | None:
    found = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 if hours < 24 and minutes < 60 and seconds < 60 else None


def _days(value: Any) -> frozenset[int]:
    """Seven marks from Sunday on, or the numbers of the days; none means all."""
    if not isinstance(value, list):
        return EVERY_DAY
    if len(value) == len(EVERY_DAY):
        marked = frozenset(day for day, mark in enumerate(value) if mark in (True, 1, "1", "true"))
    else:
        marked = frozenset(int(day) for day in value if str(day) in "0123456") & EVERY_DAY
    return marked or EVERY_DAY


def _params(text: Any) -> Mapping[str, Any]:
    try:
        params = orjson.loads(text) if isinstance(text, str) and text.strip() else text
    except orjson.JSONDecodeError:
        params = None
    return params if isinstance(params, dict) else {}
