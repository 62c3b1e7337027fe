"""Running jobs when they are due, each run on exactly one process of all that share a database.

A process that wants a run moves ``lastRun`` of the schedule on and makes the ``_JobStatus`` of the run, in one
unit that is guarded by the old ``lastRun``: whoever comes second finds nothing to move, and a process that dies
in between leaves both or neither. What is skipped is moved past in the same way, and recorded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from parsonage.handlers.schedule import Schedule
from parsonage.logs import VERBOSE
from parsonage.operations.due_runs import Skip, Wait, next_step
from parsonage.operations.house import House
from parsonage.operations.job_status import SCHEDULED, is_going_on, running, skipped
from parsonage.operations.jobs import LOST_AFTER_MILLISECONDS, start_run
from parsonage.operations.stored_schedules import SCHEDULES, Kept, kept_schedules
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import ParseError
from parsonage.storage.changes import Insert, Patch, Unit, Written

log = logging.getLogger("parsonage.jobs")

LONGEST_PAUSE_MILLISECONDS = 30_000
"""How long a schedule that was made or changed elsewhere may go unnoticed."""

MOST_AT_ONCE = 200
"""How many missed runs of one schedule are looked at before anything else has its turn."""


async def keep_schedules(house: House) -> None:
    """Start jobs when they are due, for ever."""
    house.jobs.runs_schedules = True
    while True:
        try:
            pause = await run_due(house)
        except ParseError as error:
            log.warning("schedules could not be looked at: %s", error)
            pause = LONGEST_PAUSE_MILLISECONDS
        await house.jobs.sleep(pause / 1000)


async def run_due(house: House) -> int:
    """Start or skip everything that is due; the answer is how many milliseconds there are until the next run."""
    soonest = house.clock() + LONGEST_PAUSE_MILLISECONDS
    for kept in await kept_schedules(house):
        upcoming = await _attend(house, kept)
        if upcoming is not None:
            soonest = min(soonest, upcoming)
        await asyncio.sleep(0)  # many schedules at one moment leave room for requests
    return max(0, soonest - house.clock())


class NextRun(msgspec.Struct, frozen=True):
    """A schedule and the moment of its next run, in milliseconds since 1970 UTC; ``None`` if there is none."""

    schedule: Schedule
    at: int | None


async def upcoming_runs(house: House) -> list[NextRun]:
    """The schedules of all jobs, each with its next moment from now on, the earliest first."""
    now = house.clock()
    runs = [
        NextRun(kept.schedule, next(iter(kept.schedule.timetable.after(now)), None))
        for kept in await kept_schedules(house)
    ]
    return sorted(runs, key=lambda run: (run.at is None, run.at or 0, run.schedule.job))


async def _attend(house: House, kept: Kept) -> int | None:
    """Start or skip what is due of one schedule; the answer is the moment of its next run."""
    now = house.clock()
    due, upcoming = _due(kept, now)
    schedule = kept.schedule
    if not due:
        return upcoming
    handler = house.handlers.registry.jobs[schedule.job]
    # Asked after ``lastRun`` was read: a run that is begun in between has moved that on.
    busy = not schedule.overlaps and await is_going_on(house, schedule.job, LOST_AFTER_MILLISECONDS)
    while due:
        step = next_step(schedule, due, now, busy=busy)
        if isinstance(step, Wait):
            return None
        if isinstance(step, Skip):
            done = step.count
            record = skipped(house, schedule.job, due[:done], step.reason)
        else:
            done = 1
            record = running(house, schedule.job, source=SCHEDULED, due=due[0])
        if not await _moved_on(house, kept, due[done - 1], record):
            return upcoming
        kept = Kept(schedule, due[done - 1], due[done - 1])
        if isinstance(step, Skip):
            log.warning("job %s: %d runs skipped, %s", schedule.job, done, step.reason)
        else:
            log.log(VERBOSE, "job %s is due", schedule.job)
            start_run(house, handler, record.object_id, schedule.params, due[0])
            busy = True
        due = due[done:]
    return upcoming


def _due(kept: Kept, now: int) -> tuple[Sequence[int], int | None]:
    """The moments that are due, and the next one; ``now`` where there are more than are looked at at once."""
    due: list[int] = []
    for moment in kept.schedule.timetable.after(kept.begin):
        if moment > now:
            return due, moment
        due.append(moment)
        if len(due) == MOST_AT_ONCE:
            return due, now
    return due, None


async def _moved_on(house: House, kept: Kept, moment: int, record: Insert) -> bool:
    """Whether this process is the one that moves the schedule past a moment, with a record of what became of it."""
    claim = Patch(SCHEDULES, kept.schedule.key, house.clock(), {"lastRun": op.Set(moment)}, guard=kept.untouched())
    return isinstance((await house.storage.write([Unit((claim, record))]))[0], Written)
