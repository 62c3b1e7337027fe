"""GeoPoints and Polygons in queries. The peer here has no PostGIS: where it needs one, we answer alone.

Rules: reference/query.md, section 2.6.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import Case, case, create, find
from tests.side_by_side.exchange import Pair


def point(latitude: object, longitude: object) -> dict[str, object]:
    return {"__type": "GeoPoint", "latitude": latitude, "longitude": longitude}


def polygon(*corners: list[float]) -> dict[str, object]:
    return {"__type": "Polygon", "coordinates": list(corners)}


SQUARE = polygon([0, 0], [0, 10], [10, 10], [10, 0], [0, 0])
TOWNS = (
    create("<Town>", {"k": 0, "at": point(1, 1), "area": SQUARE}).remember(towna="objectId"),
    create("<Town>", {"k": 1, "at": point(5, 20)}).remember(townb="objectId"),
    create("<Town>", {"k": 2, "at": point(-40, 100), "area": polygon([20, 20], [20, 30], [30, 25])}).remember(
        townc="objectId"
    ),
    create("<Town>", {"k": 3}).remember(townd="objectId"),
)
NEAR = {"$nearSphere": point(0, 0)}


def asked(name: str, *conditions: object) -> Case:
    """A case that asks for towns under each condition; their ``k`` shows which came."""
    return case(name, *TOWNS, *(find("<Town>", where, order="k", keys="k") for where in conditions))


def found(name: str, because: str, condition: object, *ks: int) -> Case:
    """A condition for which these towns are found by us, in this order, and not by the peer."""
    rows = [{"objectId": f"<town{'abcd'[k]}>", "k": k, "createdAt": "<moment>", "updatedAt": "<moment>"} for k in ks]
    return case(name, *TOWNS, find("<Town>", condition, keys="k").differs(because, 200, {"results": rows}))


def refused(name: str, because: str, condition: object, error: str) -> Case:
    """A condition that we refuse with this text, and the peer in another way."""
    step = find("<Town>", condition).differs(because, 400, {"code": 107, "error": error})
    return case(name, *TOWNS, step)


CASES = [
    asked("a place", {"at": point(1, 1)}, {"at": point(9, 9)}, {"at": {"$exists": True}}, {"at": {"$ne": point(1, 1)}}),
    asked("an area", {"area": {"$exists": True}}, {"area": None}),
    asked("a box", {"at": {"$within": {"$box": [point(0, 0), point(6, 30)]}}}),
    asked("a box by its other corners", {"at": {"$within": {"$box": [point(6, 30), point(0, 0)]}}}),
    asked("a box has its edges", {"at": {"$within": {"$box": [point(1, 1), point(5, 20)]}}}),
    asked("a box round nothing", {"at": {"$within": {"$box": [point(60, 0), point(70, 30)]}}}),
    asked(
        "a polygon",
        {"at": {"$geoWithin": {"$polygon": [point(0, 0), point(0, 30), point(9, 30), point(9, 0)]}}},
        {"at": {"$geoWithin": {"$polygon": [point(0, 0), point(0, 3), point(3, 3), point(0, 0)]}}},
    ),
    asked("a polygon of pairs", {"at": {"$geoWithin": {"$polygon": [[0, 0], [30, 0], [30, 9], [0, 9]]}}}),
    asked(
        "a polygon as a value",
        {"at": {"$geoWithin": {"$polygon": polygon([0, 0], [30, 0], [30, 9], [0, 9])}}},
    ),
    asked(
        "areas round a place",
        {"area": {"$geoIntersects": {"$point": point(5, 5)}}},
        {"area": {"$geoIntersects": {"$point": point(21, 25)}}},
        {"area": {"$geoIntersects": {"$point": point(25, 21)}}},
        {"area": {"$geoIntersects": {"$point": point(60, 60)}}},
    ),
    asked("areas round a place at their edge", {"area": {"$geoIntersects": {"$point": point(0, 5)}}}),
    asked(
        "polygons that are none",
        {"at": {"$geoWithin": {"$polygon": [point(0, 0), point(0, 3)]}}},
        {"at": {"$geoWithin": {"$polygon": polygon([0, 0], [1, 1])}}},
        {"at": {"$geoWithin": {"$polygon": 5}}},
        {"at": {"$geoWithin": {"$polygon": [1, 2, 3]}}},
    ),
    asked(
        "circles that are none",
        {"at": {"$geoWithin": {"$centerSphere": [point(0, 0)]}}},
        {"at": {"$geoWithin": {"$centerSphere": ["x", 1]}}},
        {"at": {"$geoWithin": {"$centerSphere": [[0, 0], -1]}}},
    ),
    asked("a point that is none", {"area": {"$geoIntersects": {"$point": {"a": 1}}}}),
    case("a second place in a class", create("<Town>", {"at": point(0, 0), "to": point(1, 1)})),
    found("PB053: near a place, nearest first", "PB053", {"at": NEAR}, 0, 1, 2),
    found("PB053: in a circle", "PB053", {"at": {"$geoWithin": {"$centerSphere": [point(0, 0), 0.5]}}}, 0, 1),
    found("PB053: in a circle round a pair", "PB053", {"at": {"$geoWithin": {"$centerSphere": [[20, 5], 0.1]}}}, 1),
    found("PB053: near a place within radians", "PB053", {"at": {**NEAR, "$maxDistance": 0.5}}, 0, 1),
    found("PB050: near a place within kilometres", "PB050", {"at": {**NEAR, "$maxDistanceInKilometers": 200}}, 0),
    found("PB050: near a place within miles", "PB050", {"at": {**NEAR, "$maxDistanceInMiles": 1500}}, 0, 1),
    found("PB050: near a place within named radians", "PB050", {"at": {**NEAR, "$maxDistanceInRadians": 0.1}}, 0),
    refused("PB051: a box of nothing", "PB051", {"at": {"$within": {"$box": [1, 2]}}}, "malformatted $within arg"),
    refused("$within without a box", "query, section 2.6", {"at": {"$within": {}}}, "malformatted $within arg"),
    refused(
        "PB052: a place beyond the pole",
        "PB052",
        {"at": {"$geoWithin": {"$centerSphere": [point(91, 0), 1]}}},
        "GeoPoint latitude out of bounds: 91 is not between -90 and 90.",
    ),
    refused(
        "PB052: a place beyond the date line",
        "PB052",
        {"area": {"$geoIntersects": {"$point": point(0, 181)}}},
        "GeoPoint longitude out of bounds: 181 is not between -180 and 180.",
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
