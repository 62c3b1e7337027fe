"""Schedules as lines of a crontab."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

from parsonage.handlers.schedule import Schedule
from parsonage.handlers.timetable import EVERY_DAY, Cron, Daily, Timetable

_MINUTES_OF_A_DAY = 24 * 60


def crontab_line(schedule: Schedule, folder: Path, more: str = "") -> str:
    """The line that runs a job in a folder when it is due; a comment for a schedule that a crontab can't say.

    ``more`` are further words of ``parsonage job run``.
    """
    when = _when(schedule.timetable)
    params = f" --params {shlex.quote(json.dumps(dict(schedule.params)))}" if schedule.params else ""
    command = f"cd {shlex.quote(str(folder))} && {_this_command()} job run {shlex.quote(schedule.job)}{params}{more}"
    if when is None:
        return f"# {schedule.timetable}: {command}"
    return f"{when} {command}".replace("%", r"\%")  # a bare one would end the line


def _this_command() -> str:
    """What starts the ``parsonage`` that runs now, from anywhere: cron's PATH knows no virtual environment."""
    started = Path(sys.argv[0]).absolute()
    if started.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m parsonage"
    return shlex.quote(str(started))


def _when(timetable: Timetable) -> str | None:
    """The five fields, in UTC or in the time zone that the line before names."""
    if isinstance(timetable, Cron):
        return _zoned(timetable) if len(timetable.expression.split()) == len("mhdMw") else None
    if not isinstance(timetable, Daily):
        return None
    minute = timetable.time_of_day // 60_000
    if timetable.every_minutes not in (None, _MINUTES_OF_A_DAY) or timetable.time_of_day % 60_000:
        return None
    days = "*" if timetable.days == EVERY_DAY else ",".join(map(str, sorted(timetable.days)))
    return f"CRON_TZ=UTC\n{minute % 60} {minute // 60} * * {days}"


def _zoned(cron: Cron) -> str:
    return f"CRON_TZ={cron.timezone}\n{cron.expression}"
