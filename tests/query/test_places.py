from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol.values import GeoPoint
from parsonage.query.places import Box, box_round, boxes_round, haversine, haversine_of, is_within

places = st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(lambda pair: GeoPoint(*pair))
SQUARE = (GeoPoint(0, 0), GeoPoint(0, 4), GeoPoint(4, 4), GeoPoint(4, 0))


@given(centre=places, place=places, radians=st.floats(0, 4))
def test_the_boxes_round_a_circle_hold_every_place_in_it(centre: GeoPoint, place: GeoPoint, radians: float) -> None:
    is_near = haversine(centre, place) <= haversine_of(radians)

    assert not is_near or any(box.holds(place) for box in boxes_round(centre, radians))


@given(one=places, other=places)
def test_a_distance_is_the_same_in_both_directions(one: GeoPoint, other: GeoPoint) -> None:
    assert abs(haversine(one, other) - haversine(other, one)) < 1e-12


def test_a_quarter_of_the_way_round_the_earth_is_half_a_pi() -> None:
    assert abs(haversine(GeoPoint(0, 0), GeoPoint(0, 90)) - haversine_of(1.5707963267948966)) < 1e-12


@given(ring=st.lists(places, min_size=3, max_size=6), place=places)
def test_what_is_within_a_polygon_is_in_the_box_round_it(ring: list[GeoPoint], place: GeoPoint) -> None:
    assert not is_within(ring, place) or box_round(ring).holds(place)


def test_a_polygon_has_its_inside_its_edges_and_its_corners() -> None:
    inside = [GeoPoint(1, 1), GeoPoint(0, 2), GeoPoint(4, 2), GeoPoint(2, 0), GeoPoint(4, 4)]

    assert [place for place in inside if not is_within(SQUARE, place)] == []


def test_a_polygon_does_not_have_what_is_beside_it() -> None:
    outside = [GeoPoint(5, 2), GeoPoint(-1, 2), GeoPoint(2, 5), GeoPoint(2, -1), GeoPoint(4, 5), GeoPoint(0, -1)]

    assert [place for place in outside if is_within(SQUARE, place)] == []


def test_a_polygon_may_be_given_closed_and_in_either_direction() -> None:
    closed = (*SQUARE, SQUARE[0])

    assert is_within(closed, GeoPoint(1, 1))
    assert is_within(tuple(reversed(closed)), GeoPoint(1, 1))


def test_a_box_holds_its_edges() -> None:
    assert Box(0, 0, 1, 1).holds(GeoPoint(1, 0))
    assert not Box(0, 0, 1, 1).holds(GeoPoint(1.1, 0))
