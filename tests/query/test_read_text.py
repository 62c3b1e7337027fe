from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol.errors import InvalidJSON, InvalidQuery
from parsonage.query.model import SCORE, Compare, Comparison, Condition, FullText, Sort
from parsonage.query.read import read_order, read_where
from parsonage.query.read_times import read_relative_time
from parsonage.query.text import Said, Search, read_term, says
from parsonage.query.typed import typed_condition
from parsonage.schema.model import DATE, NUMBER, ClassSchema

NOW = datetime(2026, 1, 15, 12, 0, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("term", "search"),
    [
        ("coffee", Search(((Said("coffee"),),), (), ())),
        ("coffee cake", Search(((Said("coffee"),), (Said("cake"),)), (), ())),
        ("a & b | c", Search(((Said("a"), Said("b")), (Said("c"),)), (), ())),
        ("a <-> b <2> c", Search(((Said("a b c"),),), (), ())),
        ('"two words" one', Search(((Said("one"),),), (Said("two words"),), ())),
        ('-a !b c -"d e"', Search(((Said("c"),),), (), (Said("a"), Said("b"), Said("d e")))),
        ("well-known", Search(((Said("well-known"),),), (), ())),
        ("cof:* (tea:AB)", Search(((Said("cof", begins=True),), (Said("tea"),)), (), ())),
        ('& ! () : ""', Search((), (), ())),
    ],
)
def test_a_term_is_read_as_apps_have_written_it_for_either_database(term: str, search: Search) -> None:
    assert read_term(term) == search


@given(term=st.text(max_size=60), text=st.text(max_size=40))
def test_any_term_can_be_read_and_judged(term: str, text: str) -> None:
    assert says(text, FullText("t", term)) in (True, False)


@pytest.mark.parametrize(
    ("search", "condition"),
    [
        ({"$term": "pie"}, FullText("t", "pie")),
        ({"$term": "pie", "$language": "de"}, FullText("t", "pie", "german")),
        ({"$term": "pie", "$language": "none"}, FullText("t", "pie", "simple")),
        ({"$term": "pie", "$caseSensitive": True}, FullText("t", "pie", case_sensitive=True)),
        ({"$term": "pie", "$diacriticSensitive": False}, FullText("t", "pie", diacritic_sensitive=False)),
    ],
    ids=repr,
)
def test_a_search_becomes_a_condition(search: Any, condition: Condition) -> None:
    assert read_where({"t": {"$text": {"$search": search}}}) == condition


@pytest.mark.parametrize(
    ("operand", "text"),
    [
        (5, "bad $text: $search, should be object"),
        ({"$search": "x"}, "bad $text: $search, should be object"),
        ({"$search": {}}, "bad $text: $term, should be string"),
        ({"$search": {"$term": 5}}, "bad $text: $term, should be string"),
        ({"$search": {"$term": "x", "$language": 5}}, "bad $text: $language, should be string"),
        ({"$search": {"$term": "x", "$language": "klingon"}}, "bad $text: $language, klingon is not known"),
        ({"$search": {"$term": "x", "$caseSensitive": 1}}, "bad $text: $caseSensitive, should be boolean"),
        ({"$search": {"$term": "x", "$diacriticSensitive": 1}}, "bad $text: $diacriticSensitive, should be boolean"),
        ({"$search": {"$term": "x", "$bogus": 1}}, "bad $text: unknown option $bogus"),
        ({"$search": {"$term": "x y " * 101}}, "bad $text: $term, should have 200 words at most"),
        ({"$search": {"$term": "x" * 10_001}}, "bad $text: $term, should be 10000 characters long at most"),
        ({"$search": {"$term": "a\0"}}, "text must not contain NUL characters"),
    ],
    ids=lambda given: str(given)[:60],
)
def test_a_search_that_makes_no_sense_is_refused_with_its_text(operand: Any, text: str) -> None:
    with pytest.raises(InvalidJSON) as refusal:
        read_where({"t": {"$text": operand}})

    assert refusal.value.message == text


@pytest.mark.parametrize("order", ["$score", "-$score"])
def test_relevance_is_an_order_with_the_best_first(order: str) -> None:
    assert read_order(order) == (Sort(SCORE, descending=True),)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("now", timedelta()),
        ("2 weeks ago", timedelta(days=-14)),
        ("in 1 Day 2 hrs", timedelta(days=1, hours=2)),
        ("1 year 3 min 5 secs ago", timedelta(days=-365, minutes=-3, seconds=-5)),
    ],
)
def test_a_relative_time_is_a_moment(text: str, offset: timedelta) -> None:
    assert read_relative_time(text, NOW) == NOW + offset


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday", "Time should either start with 'in' or end with 'ago'"),
        ("in 1 day ago", "Time cannot have both 'in' and 'ago'"),
        ("1 ago", "Invalid time string. Dangling unit or number."),
        ("x days ago", "'x' is not an integer."),
        ("1.5 days ago", "'1.5' is not an integer."),
        ("2 foo ago", "Invalid interval: 'foo'"),
        ("999999999999 years ago", "Time is out of range."),
    ],
)
def test_a_relative_time_that_is_none_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidJSON) as refusal:
        read_relative_time(text, NOW)

    assert refusal.value.message == f"bad $relativeTime ({text}) value. {reason}"


def test_a_relative_time_is_compared_as_a_date() -> None:
    condition = read_where({"at": {"$lt": {"$relativeTime": "now"}}})

    assert isinstance(condition, Compare)
    assert (condition.comparison, condition.is_relative) == (Comparison.LESS, True)
    assert typed_condition(condition, ClassSchema("A", {"at": DATE})) == Compare("at", Comparison.LESS, condition.value)


def test_a_relative_time_is_for_dates_alone() -> None:
    condition = read_where({"n": {"$lt": {"$relativeTime": "now"}}})

    with pytest.raises(InvalidJSON, match="can only be used with Date field"):
        typed_condition(condition, ClassSchema("A", {"n": NUMBER}))


@pytest.mark.parametrize("operator", ["$eq", "$ne", "$all", "$exists"])
def test_a_relative_time_is_for_comparisons_alone(operator: str) -> None:
    with pytest.raises((InvalidJSON, InvalidQuery), match="can only be used with the \\$lt"):
        read_where({"at": {operator: {"$relativeTime": "now"}}})
