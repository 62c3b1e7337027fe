"""The geo operators of a where-clause → conditions.

Raw pairs are longitude, latitude, wherever they stand, as both adapters of Parse Server read them.

Rules: reference/query.md, section 2.6; the rows PB050, PB051 and PB052 of peer-bugs.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from parsonage.protocol.errors import InvalidJSON
from parsonage.protocol.values import GeoPoint
from parsonage.query.model import Condition, Surrounds, WithinBox, WithinDistance, WithinPolygon
from parsonage.query.places import KILOMETRES_PER_RADIAN, MILES_PER_RADIAN, Box

MAX_DISTANCES: Mapping[str, float] = {
    "$maxDistance": 1.0,
    "$maxDistanceInRadians": 1.0,
    "$maxDistanceInKilometers": KILOMETRES_PER_RADIAN,
    "$maxDistanceInMiles": MILES_PER_RADIAN,
}
"""The operators that bound ``$nearSphere``, and how many of their units make a radian."""

MOST_CORNERS = 10_000
"""Of a polygon in a query: each is looked at for each object."""


def read_near(key: str, constraint: Mapping[str, Any]) -> Condition:
    """``$nearSphere`` with the distance operators beside it; the nearest bound counts."""
    centre = _point(constraint["$nearSphere"], "bad $nearSphere value; it should be a GeoPoint")
    bounds: list[float] = []
    for operator, units in MAX_DISTANCES.items():
        distance = constraint.get(operator)
        if distance is not None:
            bounds.append(_distance(distance, f"bad {operator} value; it should be a number from 0 up") / units)
    return WithinDistance(key, centre, min(bounds, default=None), nearest_first=True)


def read_within(key: str, json: Any) -> Condition:
    """``$within`` with its ``$box``; the two corners may be given in any order."""
    corners = json.get("$box") if isinstance(json, dict) else None
    refusal = "malformatted $within arg"
    if not isinstance(corners, list) or len(corners) < 2:
        raise InvalidJSON(refusal)
    one, other = (_point(corner, refusal) for corner in corners[:2])
    south, north = sorted((one.latitude, other.latitude))
    west, east = sorted((one.longitude, other.longitude))
    return WithinBox(key, Box(south, west, north, east))


def read_geo_within(key: str, json: Any) -> Condition:
    """``$geoWithin`` with its ``$polygon`` or ``$centerSphere``."""
    if isinstance(json, dict) and "$polygon" in json:
        return WithinPolygon(key, _corners(json["$polygon"]))
    if isinstance(json, dict) and "$centerSphere" in json:
        return _centre_sphere(key, json["$centerSphere"])
    raise InvalidJSON("bad $geoWithin value")


def read_geo_intersects(key: str, json: Any) -> Condition:
    """``$geoIntersects`` with its ``$point``."""
    place = json.get("$point") if isinstance(json, dict) else None
    return Surrounds(key, _point(place, "bad $geoIntersect value; $point should be GeoPoint"))


def _corners(json: Any) -> tuple[GeoPoint, ...]:
    if isinstance(json, dict) and json.get("__type") == "Polygon":
        json = json.get("coordinates")
        if not isinstance(json, list) or len(json) < 3:
            raise InvalidJSON("bad $geoWithin value; Polygon.coordinates should contain at least 3 lon/lat pairs")
    if not isinstance(json, list):
        raise InvalidJSON("bad $geoWithin value; $polygon should be Polygon object or Array of Parse.GeoPoint's")
    if len(json) < 3:
        raise InvalidJSON("bad $geoWithin value; $polygon should contain at least 3 GeoPoints")
    if len(json) > MOST_CORNERS:
        raise InvalidJSON(f"bad $geoWithin value; $polygon may have {MOST_CORNERS} corners at most")
    return tuple(_pair_or_point(corner, "bad $geoWithin value") for corner in json)


def _centre_sphere(key: str, json: Any) -> Condition:
    if not isinstance(json, list) or len(json) < 2:
        raise InvalidJSON("bad $geoWithin value; $centerSphere should be an array of Parse.GeoPoint and distance")
    centre = _pair_or_point(json[0], "bad $geoWithin value; $centerSphere geo point invalid")
    radians = _distance(json[1], "bad $geoWithin value; $centerSphere distance invalid")
    return WithinDistance(key, centre, radians)


def _pair_or_point(json: Any, refusal: str) -> GeoPoint:
    if isinstance(json, list) and len(json) == 2:
        json = {"__type": "GeoPoint", "longitude": json[0], "latitude": json[1]}
    return _point(json, refusal)


def _point(json: Any, refusal: str) -> GeoPoint:
    """A GeoPoint of a query. Raises InvalidJSON (107), also for one that is nowhere on the globe (PB052)."""
    if not isinstance(json, dict) or json.get("__type") != "GeoPoint":
        raise InvalidJSON(refusal)
    latitude: Any = json.get("latitude")
    longitude: Any = json.get("longitude")
    if not (_is_number(latitude) and _is_number(longitude)):
        raise InvalidJSON(refusal)
    if not -90 <= latitude <= 90:
        raise InvalidJSON(f"GeoPoint latitude out of bounds: {latitude} is not between -90 and 90.")
    if not -180 <= longitude <= 180:
        raise InvalidJSON(f"GeoPoint longitude out of bounds: {longitude} is not between -180 and 180.")
    return GeoPoint(float(latitude), float(longitude))


def _distance(json: Any, refusal: str) -> float:
    if not _is_number(json) or json < 0:
        raise InvalidJSON(refusal)
    return float(json)


def _is_number(json: Any) -> bool:
    return isinstance(json, (int, float)) and not isinstance(json, bool) and isfinite(json)
