"""Where-clauses as clients write them: ``write`` is the inverse of ``read``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol.values import GeoPoint, Pointer, from_milliseconds
from parsonage.query.model import (
    ALWAYS,
    NEVER,
    Absent,
    Compare,
    Comparison,
    Condition,
    ContainedBy,
    Equals,
    FullText,
    HoldsAll,
    In,
    InSubquery,
    Matches,
    Not,
    Or,
    Present,
    Query,
    ReadableBy,
    RelatedTo,
    Sort,
    Surrounds,
    WithinBox,
    WithinDistance,
    WithinPolygon,
    all_of,
    any_of,
    negation,
)
from parsonage.query.places import Box
from parsonage.query.read import read_order, read_where
from parsonage.query.write import write_order, write_where


def made(kind: Callable[..., Any], *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(*parts).map(lambda given: kind(*given))


NAMES = st.sampled_from(["a", "b", "text", "objectId", "o.k"])
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
PLACES = made(GeoPoint, st.floats(-90, 90, width=16), st.floats(-180, 180, width=16))
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    TEXTS,
    made(Pointer, st.just("Note"), st.text("abc", min_size=1, max_size=3)),
    PLACES,
    st.integers(0, 2**41).map(from_milliseconds),
    st.binary(min_size=1, max_size=4),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, st.none()), max_size=3),
        st.dictionaries(st.text("xyz", max_size=2), inner, max_size=3),
    ),
    max_leaves=4,
)
SEVERAL = st.lists(VALUES, min_size=1, max_size=3).map(tuple)
SIMPLE: st.SearchStrategy[Condition] = st.one_of(
    made(Equals, NAMES, VALUES),
    made(In, NAMES, SEVERAL),
    made(HoldsAll, NAMES, SEVERAL),
    made(ContainedBy, NAMES, SEVERAL),
    made(Compare, NAMES, st.sampled_from(Comparison), VALUES),
    made(Present, NAMES),
    made(Absent, NAMES),
    made(Matches, NAMES, st.sampled_from(["^a", r"^\Qx\E", "b+"]), st.sampled_from(["", "i", "im"])),
    made(FullText, NAMES, TEXTS.filter(bool), st.sampled_from(["english", "german"]), st.booleans(), st.booleans()),
    made(WithinDistance, NAMES, PLACES, st.floats(0, 4), st.booleans()),
    made(WithinBox, NAMES, st.builds(Box, st.just(-1.0), st.floats(-9, 0), st.floats(2, 3), st.floats(5, 9))),
    made(WithinPolygon, NAMES, st.lists(PLACES, min_size=3, max_size=5).map(tuple)),
    made(Surrounds, NAMES, PLACES),
    made(RelatedTo, made(Pointer, st.just("Post"), st.just("p1")), st.just("likes")),
    st.just(NEVER),
    st.just(ALWAYS),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: all_of(*parts)),
        st.lists(inner, max_size=3).map(lambda parts: any_of(*parts)),
        inner.map(negation),
        made(InSubquery, NAMES, made(Query, st.just("Team"), inner), st.sampled_from([None, "city"])),
    ),
    max_leaves=6,
)


@given(CONDITIONS)
def test_what_is_written_is_read_back_as_the_same_condition(condition: Condition) -> None:
    assert read_where(write_where(condition)) == condition


@given(st.lists(made(Sort, NAMES, st.booleans()), max_size=4, unique_by=lambda sort: sort.key).map(tuple))
def test_an_order_is_read_back_as_the_same_order(order: tuple[Sort, ...]) -> None:
    assert read_order(write_order(order)) == order


class TestWritingAsTheSDKsDo:
    def test_conditions_on_different_fields_stand_side_by_side(self) -> None:
        condition = all_of(Equals("text", "hi"), Compare("stars", Comparison.GREATER, 3))

        assert write_where(condition) == {"text": "hi", "stars": {"$gt": 3}}

    def test_a_range_on_one_field_is_one_constraint(self) -> None:
        condition = all_of(Compare("n", Comparison.GREATER_OR_EQUAL, 1), Compare("n", Comparison.LESS, 5))

        assert write_where(condition) == {"n": {"$gte": 1, "$lt": 5}}

    def test_two_patterns_on_one_field_are_joined_by_and(self) -> None:
        condition = all_of(Matches("text", "a"), Matches("text", "b"))

        assert write_where(condition) == {"$and": [{"text": {"$regex": "a"}}, {"text": {"$regex": "b"}}]}

    def test_not_equal_is_written_with_its_own_operator(self) -> None:
        assert write_where(Not(Equals("n", 1))) == {"n": {"$ne": 1}}

    def test_neither_nor_is_written_with_its_own_operator(self) -> None:
        condition = Not(Or((Equals("a", 1), Equals("b", 2))))

        assert write_where(condition) == {"$nor": [{"a": 1}, {"b": 2}]}

    def test_a_date_is_written_with_its_type(self) -> None:
        moment = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)

        assert write_where(Equals("at", moment)) == {"at": {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"}}


def test_what_only_the_server_may_ask_is_refused() -> None:
    with pytest.raises(ValueError, match="ReadableBy"):
        write_where(ReadableBy(frozenset({"*"})))
