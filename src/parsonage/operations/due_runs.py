"""What is to be done about runs that are due: a pure decision about the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from parsonage.handlers.schedule import Missed, Schedule

LATE_AFTER_MILLISECONDS = 60_000
"""A run that comes later than this after its moment was missed."""

WAS_MISSED = "missed: no server ran"
WAS_BUSY = "the run before it still went on"


class Start(msgspec.Struct, frozen=True):
    """The first of them is started."""


class Skip(msgspec.Struct, frozen=True):
    """The first ``count`` of them are recorded as skipped."""

    count: int
    reason: str


class Wait(msgspec.Struct, frozen=True):
    """Nothing is done until the run that goes on has ended."""


Step: TypeAlias = Start | Skip | Wait


def next_step(schedule: Schedule, due: Sequence[int], now: int, *, busy: bool) -> Step:
    """What becomes of the first of the moments that are due, all of them past.

    ``busy`` says that a run of the job goes on; it does not count where runs may overlap.
    """
    late = sum(now - moment > LATE_AFTER_MILLISECONDS for moment in due)
    given_up = {Missed.SKIP: late, Missed.LAST: late - 1, Missed.ALL: 0}[schedule.missed]
    if given_up > 0:
        return Skip(given_up, WAS_MISSED)
    if not busy or schedule.overlaps:
        return Start()
    # A run that is made up for can come a little later still.
    return Wait() if late or schedule.missed is Missed.ALL else Skip(1, WAS_BUSY)
