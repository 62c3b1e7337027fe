from __future__ import annotations

import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol.encoding import MAX_DEPTH, decode, encode, number, pointer_of
from parsonage.protocol.errors import IncorrectType, InvalidJSON, InvalidNestedKey, ParseError
from parsonage.protocol.values import (
    GeoPoint,
    Pointer,
    Polygon,
    Value,
    format_date,
    format_milliseconds,
    from_milliseconds,
    parse_date,
    to_milliseconds,
)
from tests.protocol.strategies import moments, values

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "b.c", "$d", "__type", "iso", "className", "objectId", "coordinates"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
kinds = ["Date", "Pointer", "Relation", "File", "GeoPoint", "Polygon", "Bytes", "Object", "Unknown"]


class TestRoundTrips:
    @given(value=values)
    def test_what_was_encoded_decodes_to_the_same(self, value: Value) -> None:
        assert decode(encode(value)) == value

    @given(value=values)
    def test_every_encoded_value_can_be_written_as_json(self, value: Value) -> None:
        assert decode(orjson.loads(orjson.dumps(encode(value)))) == value

    @given(moment=moments)
    def test_a_moment_survives_its_text_and_its_milliseconds(self, moment: Any) -> None:
        assert parse_date(format_date(moment)) == moment
        assert from_milliseconds(to_milliseconds(moment)) == moment
        assert format_milliseconds(to_milliseconds(moment)) == format_date(moment)


class TestWhatClientsSend:
    @given(json=json_values, kind=st.sampled_from(kinds))
    def test_nonsense_is_refused_with_a_parse_error_or_read(self, json: Any, kind: str) -> None:
        typed = {"__type": kind, "iso": json, "objectId": json, "base64": json, "coordinates": json}

        assert _refusal(json) in (None, 107, 111, 121)
        assert _refusal(typed) in (None, 107, 111, 121)

    @pytest.mark.parametrize(
        "json",
        [
            {"__type": "Date", "iso": "x"},
            {"__type": "Date"},
            {"__type": "Pointer", "className": "A"},
            {"__type": "Pointer", "className": "A", "objectId": ""},
            {"__type": "GeoPoint", "latitude": "1", "longitude": 2},
            {"__type": "GeoPoint", "latitude": True, "longitude": 2},
            {"__type": "Bytes", "base64": 5},
            {"__type": "File"},
            {"__type": "Bogus"},
            {"__type": 5},
        ],
    )
    def test_a_half_formed_typed_value_is_of_an_incorrect_type(self, json: Any) -> None:
        with pytest.raises(IncorrectType):
            decode(json)

    @pytest.mark.parametrize("json", ["a\0b", {"k": "\0"}, {"k\0": 1}, ["\0"], 10**400])
    def test_what_no_database_can_hold_is_refused(self, json: Any) -> None:
        with pytest.raises(InvalidJSON):
            decode(json)

    @pytest.mark.parametrize("key", ["$a", "a.b", "a$"])
    def test_keys_inside_an_object_have_no_dots_and_dollars(self, key: str) -> None:
        with pytest.raises(InvalidNestedKey):
            decode({"outer": {key: 1}})

    def test_values_are_nested_so_deep_and_no_deeper(self) -> None:
        assert decode(_nested(MAX_DEPTH)) == _nested(MAX_DEPTH)
        with pytest.raises(InvalidJSON):
            decode(_nested(MAX_DEPTH + 1))

    def test_a_ring_is_closed(self) -> None:
        polygon = decode({"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1]]})

        assert polygon == Polygon(((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)))


class TestNumbers:
    @given(json=st.integers() | st.floats(allow_nan=False, allow_infinity=False))
    def test_a_number_is_what_a_double_holds(self, json: float) -> None:
        read = number(json) if abs(json) < 10**300 else json

        assert read == float(json)

    @given(json=st.integers(-(10**300), 10**300))
    def test_every_number_fits_sixty_four_bits(self, json: int) -> None:
        assert orjson.loads(orjson.dumps(number(json))) == float(json)

    @pytest.mark.parametrize(("json", "text"), [(5.0, b"5"), (-0.0, b"0"), (2.5, b"2.5"), (1e20, b"1e+20")])
    def test_a_whole_number_is_written_without_a_fraction(self, json: float, text: bytes) -> None:
        assert orjson.dumps(encode(json)) == text

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_what_json_has_no_number_for_becomes_null(self, value: float) -> None:
        assert encode(value) is None


def test_a_pointer_is_told_from_other_maps() -> None:
    assert pointer_of(encode(Pointer("Note", "n1"))) == Pointer("Note", "n1")
    assert pointer_of(encode(GeoPoint(1, 2))) is None
    assert pointer_of("Note") is None


def _refusal(json: Any) -> int | None:
    try:
        decode(json)
    except ParseError as refusal:
        return refusal.code
    return None


def _nested(levels: int) -> Any:
    json: Any = 1
    for _ in range(levels):
        json = [json]
    return json
