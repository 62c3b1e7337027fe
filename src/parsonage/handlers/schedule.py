"""Schedules: a job, when it is due, and what becomes of a run that could not be on time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from parsonage.handlers.timetable import Cron, Timetable


class Missed(Enum):
    """What becomes of runs that were due while no server ran. The value is what Cloud Code writes."""

    SKIP = "skip"
    """They are recorded as skipped."""
    LAST = "last"
    """The last one of them is made up for, the others are recorded as skipped."""
    ALL = "all"
    """Each of them is made up for, one after the other."""


class Killed(Enum):
    """What becomes of a run whose process died. The value is what Cloud Code writes."""

    FAIL = "fail"
    """It is recorded as failed."""
    REPEAT = "repeat"
    """It is recorded as failed, and another process runs it again from the beginning."""


class Schedule(msgspec.Struct, frozen=True):
    """When a job is due."""

    key: str
    """The id of the ``_JobSchedule`` that holds how far it has come."""
    job: str
    timetable: Timetable
    params: Mapping[str, Any] = {}
    missed: Missed = Missed.SKIP
    killed: Killed = Killed.FAIL
    overlaps: bool = False
    """Whether a run may begin while another one of the job goes on."""


def declared(job: str, cron: Cron, *, missed: str, killed: str, overlaps: bool) -> Schedule:
    """The schedule that Cloud Code declares beside a job. Raises ValueError for a policy that there is none of.

    Its key is made of what it says: a changed expression is another schedule, which begins anew.
    """
    told = f"{job}\n{cron.expression}\n{cron.timezone}".encode()
    key = f"cc{hashlib.sha256(told).hexdigest()[:8]}"
    return Schedule(key, job, cron, missed=Missed(missed), killed=Killed(killed), overlaps=overlaps)
