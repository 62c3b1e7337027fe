"""``/scriptlog``: the last lines of the log of this process, for the dashboard.

Rules: reference/cloud-code.md, section 7 (routes); reference/dashboard-requests.md, on logs.
"""

from __future__ import annotations

from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.events import ReadLog
from parsonage.commands.objects import Plain
from parsonage.logs import LastLine, last_lines
from parsonage.operations.house import House
from parsonage.protocol.errors import NeedsMasterKey
from parsonage.protocol.values import format_milliseconds, parse_date, to_milliseconds

USUAL_SIZE = 10


async def read_log(house: House, call: Call, caller: Caller, command: ReadLog) -> Plain:
    """The last lines, the newest first unless ``asc`` is asked for; ``error`` leaves out all that is less."""
    if not caller.is_master:
        raise NeedsMasterKey
    since, until = _moment(command.since), _moment(command.until)
    lines = [
        line
        for line in last_lines()
        if (command.level != "error" or line.level == "error")
        and (since is None or line.at >= since)
        and (until is None or line.at <= until)
    ]
    size = _size(command.size)
    chosen = lines[-size:] if size else []
    if command.order != "asc":
        chosen.reverse()
    return Plain([_told(line) for line in chosen])


def _told(line: LastLine) -> dict[str, Any]:
    return {"level": line.level, "message": line.message, "timestamp": format_milliseconds(line.at)}


def _moment(value: Any) -> int | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    moment = parse_date(value) if isinstance(value, str) else None
    return None if moment is None else to_milliseconds(moment)


def _size(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError):
        return USUAL_SIZE
