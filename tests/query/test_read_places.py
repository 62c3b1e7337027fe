from __future__ import annotations

from typing import Any

import pytest

from parsonage.protocol.errors import InvalidJSON
from parsonage.protocol.values import GeoPoint
from parsonage.query.model import Condition, Surrounds, WithinBox, WithinDistance, WithinPolygon, all_of
from parsonage.query.places import Box
from parsonage.query.read import read_where


def point(latitude: Any, longitude: Any) -> dict[str, Any]:
    return {"__type": "GeoPoint", "latitude": latitude, "longitude": longitude}


_HERE = GeoPoint(1, 2)
_NEAR = {"$nearSphere": point(1, 2)}
_TRIANGLE = (GeoPoint(0, 0), GeoPoint(0, 9), GeoPoint(9, 9))

_READ: list[tuple[Any, Condition]] = [
    (_NEAR, WithinDistance("p", _HERE, None, nearest_first=True)),
    ({**_NEAR, "$maxDistance": 0.5}, WithinDistance("p", _HERE, 0.5, nearest_first=True)),
    ({"$maxDistance": 0.5, **_NEAR}, WithinDistance("p", _HERE, 0.5, nearest_first=True)),
    ({**_NEAR, "$maxDistanceInRadians": 0.5}, WithinDistance("p", _HERE, 0.5, nearest_first=True)),
    ({**_NEAR, "$maxDistanceInKilometers": 6371}, WithinDistance("p", _HERE, 1, nearest_first=True)),
    ({**_NEAR, "$maxDistanceInMiles": 3959}, WithinDistance("p", _HERE, 1, nearest_first=True)),
    ({"$within": {"$box": [point(0, 1), point(2, 3)]}}, WithinBox("p", Box(0, 1, 2, 3))),
    ({"$within": {"$box": [point(2, 1), point(0, 3)]}}, WithinBox("p", Box(0, 1, 2, 3))),
    ({"$geoWithin": {"$centerSphere": [point(1, 2), 0.5]}}, WithinDistance("p", _HERE, 0.5)),
    ({"$geoWithin": {"$centerSphere": [[2, 1], 0.5]}}, WithinDistance("p", _HERE, 0.5)),
    ({"$geoWithin": {"$polygon": [point(0, 0), point(0, 9), point(9, 9)]}}, WithinPolygon("p", _TRIANGLE)),
    ({"$geoWithin": {"$polygon": [[0, 0], [9, 0], [9, 9]]}}, WithinPolygon("p", _TRIANGLE)),
    (
        {"$geoWithin": {"$polygon": {"__type": "Polygon", "coordinates": [[0, 0], [9, 0], [9, 9]]}}},
        WithinPolygon("p", _TRIANGLE),
    ),
    ({"$geoIntersects": {"$point": point(1, 2)}}, Surrounds("p", _HERE)),
    (
        {**_NEAR, "$geoWithin": {"$centerSphere": [point(1, 2), 1]}},
        all_of(WithinDistance("p", _HERE, None, nearest_first=True), WithinDistance("p", _HERE, 1)),
    ),
]

_REFUSED: list[tuple[Any, str]] = [
    ({"$nearSphere": 5}, "bad $nearSphere value; it should be a GeoPoint"),
    ({"$maxDistance": 5}, "bad constraint: $maxDistance"),
    ({**_NEAR, "$maxDistance": -1}, "bad $maxDistance value; it should be a number from 0 up"),
    ({"$within": {}}, "malformatted $within arg"),
    ({"$within": {"$box": [point(0, 0)]}}, "malformatted $within arg"),
    ({"$within": {"$box": [point(0, 0), 5]}}, "malformatted $within arg"),
    ({"$geoWithin": {}}, "bad $geoWithin value"),
    ({"$geoWithin": 5}, "bad $geoWithin value"),
    (
        {"$geoWithin": {"$polygon": 5}},
        "bad $geoWithin value; $polygon should be Polygon object or Array of Parse.GeoPoint's",
    ),
    (
        {"$geoWithin": {"$polygon": [point(0, 0), point(1, 1)]}},
        "bad $geoWithin value; $polygon should contain at least 3 GeoPoints",
    ),
    (
        {"$geoWithin": {"$polygon": {"__type": "Polygon", "coordinates": [[0, 0], [1, 1]]}}},
        "bad $geoWithin value; Polygon.coordinates should contain at least 3 lon/lat pairs",
    ),
    ({"$geoWithin": {"$polygon": [1, 2, 3]}}, "bad $geoWithin value"),
    ({"$geoWithin": {"$polygon": [[0, 0]] * 10_001}}, "bad $geoWithin value; $polygon may have 10000 corners at most"),
    (
        {"$geoWithin": {"$centerSphere": [point(0, 0)]}},
        "bad $geoWithin value; $centerSphere should be an array of Parse.GeoPoint and distance",
    ),
    ({"$geoWithin": {"$centerSphere": ["x", 1]}}, "bad $geoWithin value; $centerSphere geo point invalid"),
    ({"$geoWithin": {"$centerSphere": [[0, 0], "x"]}}, "bad $geoWithin value; $centerSphere distance invalid"),
    ({"$geoWithin": {"$centerSphere": [[0, 0], -1]}}, "bad $geoWithin value; $centerSphere distance invalid"),
    ({"$geoIntersects": {"$point": 5}}, "bad $geoIntersect value; $point should be GeoPoint"),
    ({"$geoIntersects": {}}, "bad $geoIntersect value; $point should be GeoPoint"),
    ({"$nearSphere": point(91, 0)}, "GeoPoint latitude out of bounds: 91 is not between -90 and 90."),
    ({"$nearSphere": point(0, -181)}, "GeoPoint longitude out of bounds: -181 is not between -180 and 180."),
    ({"$nearSphere": point("x", 0)}, "bad $nearSphere value; it should be a GeoPoint"),
    ({"$nearSphere": point(True, 0)}, "bad $nearSphere value; it should be a GeoPoint"),
]


@pytest.mark.parametrize(("constraint", "condition"), _READ, ids=repr)
def test_a_geo_operator_becomes_a_condition(constraint: Any, condition: Condition) -> None:
    assert read_where({"p": constraint}) == condition


@pytest.mark.parametrize(("constraint", "text"), _REFUSED, ids=lambda given: str(given)[:60])
def test_a_geo_operator_on_nonsense_is_refused_with_its_text(constraint: Any, text: str) -> None:
    with pytest.raises(InvalidJSON) as refusal:
        read_where({"p": constraint})

    assert refusal.value.message == text
