from __future__ import annotations

import pytest

from parsonage.protocol.acl import ACL
from parsonage.protocol.values import Pointer, Value, from_milliseconds
from parsonage.query.match import Candidate, matches, value_at
from parsonage.query.model import (
    ALWAYS,
    NEVER,
    Absent,
    And,
    Compare,
    Comparison,
    Condition,
    ContainedBy,
    Equals,
    HasId,
    Holds,
    HoldsAll,
    In,
    InSubquery,
    LinksTo,
    Matches,
    Not,
    Or,
    Present,
    Query,
    ReadableBy,
    RelatedTo,
    WritableBy,
)
from parsonage.storage.conformance.cast import named

_ADA = Pointer("_User", "ada")
_FIELDS: dict[str, Value] = {
    "objectId": "n1",
    "text": "Alien",
    "stars": 5,
    "done": True,
    "at": from_milliseconds(1000),
    "tags": ["a", 7, True, None],
    "more": {"list": [1, {"x": 2}], "who": _ADA, "when": from_milliseconds(1000)},
}
_NOTE = Candidate(
    _FIELDS,
    ACL(frozenset({"u1"}), frozenset({"role:a"})),
    {"likes": frozenset({"ada"})},
    frozenset({(_ADA, "posts")}),
)


@pytest.mark.parametrize(
    "condition",
    [
        ALWAYS,
        And(()),
        Equals("text", "Alien"),
        Equals("tags", ["a", 7, True, None]),
        Equals("more.list", 1),
        Equals("more.list.1.x", 2),
        Equals("more.who.objectId", "ada"),
        In("stars", (1, 5.0)),
        Holds("tags", (1, "a")),
        HoldsAll("tags", (None, 7)),
        ContainedBy("tags", ("a", 7, True, None, 8)),
        Compare("at", Comparison.LESS, from_milliseconds(1001)),
        Compare("text", Comparison.GREATER, "Alie"),
        Compare("done", Comparison.GREATER_OR_EQUAL, True),
        Present("more.when"),
        Absent("missing"),
        Absent("tags.9"),
        Matches("text", "^al", "i"),
        Matches("tags", "^a$"),
        HasId(("n1", "n2")),
        LinksTo("likes", ("ada", "bob")),
        RelatedTo(_ADA, "posts"),
        ReadableBy(frozenset({"*", "u1"})),
        WritableBy(frozenset({"role:a"})),
        Or((NEVER, Equals("stars", 5))),
        Not(Equals("missing", 1)),
    ],
    ids=named,
)
def test_the_object_meets_the_condition_and_not_its_opposite(condition: Condition) -> None:
    assert matches(condition, _NOTE)
    assert not matches(Not(condition), _NOTE)


@pytest.mark.parametrize(
    "condition",
    [
        NEVER,
        Or(()),
        Equals("stars", "5"),
        Equals("stars", True),
        Equals("done", 1),
        Equals("missing", None),
        Holds("tags", (1,)),
        Holds("text", ("Alien",)),
        HoldsAll("tags", ()),
        ContainedBy("tags", ("a",)),
        Compare("stars", Comparison.LESS, "9"),
        Compare("tags", Comparison.LESS, 9),
        Matches("stars", "5"),
        HasId(()),
        LinksTo("other", ("ada",)),
        RelatedTo(_ADA, "likes"),
        ReadableBy(frozenset({"*"})),
        WritableBy(frozenset({"u1"})),
    ],
    ids=named,
)
def test_the_object_does_not_meet_the_condition_but_its_opposite(condition: Condition) -> None:
    assert not matches(condition, _NOTE)
    assert matches(Not(condition), _NOTE)


def test_text_is_compared_by_its_bytes_in_utf8() -> None:
    moon = Candidate({"text": "\U0001f319"})

    assert matches(Compare("text", Comparison.GREATER, "\uffee"), moon)


def test_an_object_without_an_acl_is_open_to_all() -> None:
    assert matches(And((ReadableBy(frozenset()), WritableBy(frozenset()))), Candidate({}))


def test_a_path_leads_into_lists_maps_and_typed_values() -> None:
    assert value_at(_FIELDS, "more.list.1.x") == 2
    assert value_at(_FIELDS, "more.when.iso") == "1970-01-01T00:00:01.000Z"
    assert value_at(_FIELDS, "text.length") is None


def test_a_subquery_must_have_been_carried_out() -> None:
    with pytest.raises(AssertionError):
        matches(InSubquery("a", Query("B")), _NOTE)
