"""``$relativeTime`` → the moment that it means.

Rules: reference/query.md, section 2.7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from parsonage.protocol.errors import InvalidJSON

_DAY = 86_400
_SECONDS: Mapping[str, int] = {
    **dict.fromkeys(("yr", "yrs", "year", "years"), 365 * _DAY),
    **dict.fromkeys(("wk", "wks", "week", "weeks"), 7 * _DAY),
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("sec", "secs", "second", "seconds"), 1),
}
_INTEGER = re.compile(r"[+-]?\d{1,18}\Z", re.ASCII)


def read_relative_time(text: str, now: datetime | None = None) -> datetime:
    """``2 weeks ago``, ``in 1 day 2 hours`` or ``now`` → that moment, in milliseconds.

    Raises InvalidJSON (107) with the reason.
    """
    now = datetime.now(UTC) if now is None else now
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    words = text.lower().split()
    if words == ["now"]:
        return now
    future, past = words[:1] == ["in"], words[-1:] == ["ago"]
    if not (future or past):
        raise _bad(text, "Time should either start with 'in' or end with 'ago'")
    if future and past:
        raise _bad(text, "Time cannot have both 'in' and 'ago'")
    pairs = words[1:] if future else words[:-1]
    if len(pairs) % 2:
        raise _bad(text, "Invalid time string. Dangling unit or number.")
    seconds = 0
    for number, unit in zip(pairs[::2], pairs[1::2], strict=True):
        if not _INTEGER.match(number):
            raise _bad(text, f"'{number}' is not an integer.")
        if unit not in _SECONDS:
            raise _bad(text, f"Invalid interval: '{unit}'")
        seconds += int(number) * _SECONDS[unit]
    try:
        return now + timedelta(seconds=seconds if future else -seconds)
    except OverflowError:
        raise _bad(text, "Time is out of range.") from None


def _bad(text: str, reason: str) -> InvalidJSON:
    return InvalidJSON(f"bad $relativeTime ({text}) value. {reason}")
