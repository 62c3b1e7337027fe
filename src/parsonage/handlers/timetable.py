"""Timetables: the moments at which something is due. Moments are milliseconds since 1970 UTC.

A cron expression is read as Debian's cron does, in a time zone of its own: a run at a wall-clock time that a
change to summer time leaves out comes at the next moment that there is, and one that comes twice runs once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from cronsim import CronSim, CronSimError

from parsonage.protocol.values import from_milliseconds, to_milliseconds

_MINUTE = 60_000
_DAY = 24 * 60 * _MINUTE
EVERY_DAY = frozenset(range(7))
_DAY_NAMES = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


class Cron(msgspec.Struct, frozen=True):
    """A cron expression of five fields, or of six with seconds in front. Raises ValueError for one that is none."""

    expression: str
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            CronSim(self.expression, datetime.now(_zone(self.timezone)))
        except CronSimError as error:
            raise ValueError(f"{self.expression!r} is no cron expression: {error}") from None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{self.timezone!r} is no time zone that this machine knows") from None

    def after(self, moment: int) -> Iterator[int]:
        """The moments that come later, in order."""
        begin = from_milliseconds(moment).astimezone(_zone(self.timezone))
        return (to_milliseconds(due.astimezone(UTC)) for due in CronSim(self.expression, begin))

    def __str__(self) -> str:
        return self.expression if self.timezone == "UTC" else f"{self.expression} ({self.timezone})"


class Once(msgspec.Struct, frozen=True):
    """One moment only."""

    at: int

    def after(self, moment: int) -> Iterator[int]:
        """The moment, if it comes later."""
        return iter((self.at,) if self.at > moment else ())

    def __str__(self) -> str:
        return f"once at {from_milliseconds(self.at):%Y-%m-%d %H:%M:%S} UTC"


class Daily(msgspec.Struct, frozen=True):
    """On some days of the week at a time of the day, and from then to midnight every so many minutes. In UTC."""

    time_of_day: int
    """Milliseconds since midnight."""
    every_minutes: int | None = None
    days: frozenset[int] = EVERY_DAY
    """0 is Sunday."""
    start: int = 0
    """Nothing is due before this moment."""

    def after(self, moment: int) -> Iterator[int]:
        """The moments that come later, in order."""
        midnight = max(moment, self.start) // _DAY * _DAY
        while True:
            if _weekday(midnight) in self.days:
                step = _DAY if self.every_minutes is None else self.every_minutes * _MINUTE
                for due in range(midnight + self.time_of_day, midnight + _DAY, step):
                    if due > moment and due >= self.start:
                        yield due
            midnight += _DAY

    def __str__(self) -> str:
        clock = f"{timedelta(milliseconds=self.time_of_day)} UTC"
        often = f"at {clock}" if self.every_minutes is None else f"every {self.every_minutes} minutes from {clock}"
        return often + _days_told(self.days)


class Repeated(msgspec.Struct, frozen=True):
    """Every so many minutes from a moment on, as far as that falls on one of the days."""

    start: int
    every_minutes: int
    days: frozenset[int] = EVERY_DAY
    """0 is Sunday."""

    def after(self, moment: int) -> Iterator[int]:
        """The moments that come later, in order."""
        step = self.every_minutes * _MINUTE
        due = self.start + max(0, (moment - self.start) // step + 1) * step
        while True:
            if _weekday(due) in self.days:
                yield due
            due += step

    def __str__(self) -> str:
        return f"every {self.every_minutes} minutes" + _days_told(self.days)


Timetable: TypeAlias = Cron | Once | Daily | Repeated


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def _weekday(moment: int) -> int:
    return (moment // _DAY + 4) % 7  # 1970 began on a Thursday


def _days_told(days: frozenset[int]) -> str:
    if days == EVERY_DAY:
        return ""
    return " on " + ", ".join(name for day, name in enumerate(_DAY_NAMES) if day in days)
