"""Places on the globe: how far two are apart, what lies in a circle, a box or a polygon.

Distances are angles in radians, seen from the centre of the earth: a client's kilometres and miles are
divided by the radius that Parse takes for them. Circles follow the sphere; boxes and polygons are drawn on
the flat map of longitude and latitude, as PostgreSQL's own types are, and their edges belong to them.

The engines write the same formulas in SQL, in the same order, so that they come to the same numbers.

Rules: reference/query.md, section 2.6; reference/storage-postgres.md, section 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import asin, cos, degrees, pi, sin

import msgspec

from parsonage.protocol.values import GeoPoint

KILOMETRES_PER_RADIAN = 6371.0
MILES_PER_RADIAN = 3959.0

RADIANS_PER_DEGREE = 0.017453292519943295
HALF_RADIANS_PER_DEGREE = 0.008726646259971648
"""Half an angle in degrees → radians, as the haversine formula wants it."""

_MARGIN = 1e-9
"""Degrees by which a box is made larger, so that no rounding loses a place at its edge."""


class Box(msgspec.Struct, frozen=True):
    """A rectangle on the map, in degrees; its edges belong to it."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, place: GeoPoint) -> bool:
        """Whether the place lies in it."""
        return self.south <= place.latitude <= self.north and self.west <= place.longitude <= self.east


def haversine(one: GeoPoint, other: GeoPoint) -> float:
    """A number from 0 to 1 that grows with the distance of two places: half the angle's sine, squared."""
    sine = sin((other.latitude - one.latitude) * HALF_RADIANS_PER_DEGREE)
    across = sin((other.longitude - one.longitude) * HALF_RADIANS_PER_DEGREE)
    cosines = cosine(one) * cos(other.latitude * RADIANS_PER_DEGREE)
    return float(sine**2 + cosines * across**2)


def cosine(place: GeoPoint) -> float:
    """The cosine of a place's latitude."""
    return cos(place.latitude * RADIANS_PER_DEGREE)


def haversine_of(radians: float) -> float:
    """The ``haversine`` of two places that are so far apart; half round the earth is the farthest there is."""
    return float(sin(min(radians, pi) / 2) ** 2)


def boxes_round(centre: GeoPoint, radians: float) -> tuple[Box, ...]:
    """One or two boxes that hold the whole circle: two where it crosses the date line, else one."""
    height = degrees(min(radians, pi)) + _MARGIN
    south, north = centre.latitude - height, centre.latitude + height
    if south <= -90 or north >= 90:  # a pole is in it, and every longitude with it
        return (Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0),)
    ratio = sin(min(radians, pi / 2)) / cosine(centre)
    if ratio >= 1:
        return (Box(south, -180.0, north, 180.0),)
    width = degrees(asin(ratio)) + _MARGIN
    west, east = centre.longitude - width, centre.longitude + width
    if west < -180:
        return Box(south, west + 360, north, 180.0), Box(south, -180.0, north, east)
    if east > 180:
        return Box(south, west, north, 180.0), Box(south, -180.0, north, east - 360)
    return (Box(south, west, north, east),)


def box_round(ring: Sequence[GeoPoint]) -> Box:
    """The smallest box that holds a polygon."""
    latitudes = [corner.latitude for corner in ring]
    longitudes = [corner.longitude for corner in ring]
    return Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes))


def is_within(ring: Sequence[GeoPoint], place: GeoPoint) -> bool:
    """Whether a place lies in a polygon or on its edge.

    The ring may be open: its last corner is joined to the first one. Where it crosses itself, a place counts
    as inside that the ring goes round at least once.
    """
    turns = 0
    x, y = place.longitude, place.latitude
    for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
        x1, y1, x2, y2 = start.longitude, start.latitude, end.longitude, end.latitude
        side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
        if side == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return True
        if y1 <= y < y2 and side > 0:
            turns += 1
        elif y2 <= y < y1 and side < 0:
            turns -= 1
    return turns != 0
