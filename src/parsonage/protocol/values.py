"""The values that a Parse field can hold beside JSON's own, and dates with milliseconds.

Text, numbers, booleans, lists and maps are Python's own; a Parse Date is an aware ``datetime`` in UTC
cut to milliseconds, Bytes are ``bytes``, null is ``None``.

Rules: reference/rest-core.md, section 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Pointer(msgspec.Struct, frozen=True):
    """A reference to one object, which need not exist."""

    class_name: str
    object_id: str


class Relation(msgspec.Struct, frozen=True):
    """The marker of a many-to-many field: it says of which class the related objects are."""

    class_name: str


class File(msgspec.Struct, frozen=True):
    """A stored file by its name; the URL is computed where an answer is made."""

    name: str
    url: str | None = None


class GeoPoint(msgspec.Struct, frozen=True):
    """A place in degrees: latitude -90 to 90, longitude -180 to 180."""

    latitude: float
    longitude: float


class Polygon(msgspec.Struct, frozen=True):
    """A closed ring of (latitude, longitude) pairs; the last equals the first."""

    coordinates: tuple[tuple[float, float], ...]


Value: TypeAlias = (
    "bool | int | float | str | bytes | datetime | Pointer | Relation | File | GeoPoint | Polygon"
    " | list[Value] | dict[str, Value] | None"
)
"""Whatever a field can hold, decoded."""


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 UTC, cut, not rounded."""
    return (moment - EPOCH) // MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """The moment that many milliseconds after 1970 UTC; earlier ones are negative."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def format_date(moment: datetime) -> str:
    """A moment as the protocol writes it: ``2026-01-02T03:04:05.678Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def format_milliseconds(milliseconds: int) -> str:
    """The same for milliseconds since 1970 UTC."""
    return SECONDS[milliseconds // 1000] + FRACTIONS[milliseconds % 1000]


class _Seconds(dict[int, str]):
    """The text of a second, remembered: most moments of an answer lie close together, and ``isoformat`` is slow."""

    def __missing__(self, second: int) -> str:
        if len(self) > _SECONDS_KEPT:
            self.clear()
        text = self[second] = (EPOCH + timedelta(seconds=second)).isoformat()[:-6] + "."
        return text


_SECONDS_KEPT = 20_000
SECONDS: Mapping[int, str] = _Seconds()
"""The first half of a moment as the protocol writes it, by its whole seconds since 1970 UTC."""
FRACTIONS = tuple(f"{milliseconds:03d}Z" for milliseconds in range(1000))
"""The second half, by its milliseconds."""


def parse_date(text: str) -> datetime | None:
    """Read an ISO 8601 date in any of its usual forms; ``None`` if it is none.

    A date without a zone counts as UTC; the moment is cut to milliseconds.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
