from __future__ import annotations

import pytest

from parsonage.protocol.errors import InvalidQuery
from parsonage.protocol.values import File, GeoPoint, Pointer, from_milliseconds
from parsonage.query.model import (
    ALWAYS,
    NEVER,
    Absent,
    And,
    Compare,
    Comparison,
    Condition,
    Equals,
    HasId,
    Holds,
    HoldsAll,
    In,
    LinksTo,
    Matches,
    Not,
    Or,
    Present,
    Query,
    Sort,
)
from parsonage.query.typed import typed, typed_condition
from parsonage.storage.conformance.cast import NOTE

_ADA = Pointer("_User", "ada")


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (Equals("author", "ada"), Equals("author", _ADA)),
        (Equals("author", Pointer("Other", "ada")), NEVER),
        (Equals("stars", "5"), NEVER),
        (Equals("stars", True), NEVER),
        (Equals("text", 5), NEVER),
        (Equals("unknown", 5), NEVER),
        (Not(Equals("unknown", 5)), ALWAYS),
        (Absent("unknown"), ALWAYS),
        (Present("unknown"), NEVER),
        (Equals("objectId", "n1"), HasId(("n1",))),
        (Equals("objectId", 5), NEVER),
        (In("objectId", ("n1", "n2")), HasId(("n1", "n2"))),
        (Equals("at", "1970-01-01T00:00:01Z"), Equals("at", from_milliseconds(1000))),
        (
            Compare("createdAt", Comparison.LESS, "1970-01-01"),
            Compare("createdAt", Comparison.LESS, from_milliseconds(0)),
        ),
        (Compare("at", Comparison.LESS, "yesterday"), NEVER),
        (Compare("place", Comparison.LESS, GeoPoint(1, 2)), NEVER),
        (Equals("tags", 1), Holds("tags", (1,))),
        (Equals("tags", [1]), Equals("tags", [1])),
        (In("tags", (1, [2])), Or((Equals("tags", [2]), Holds("tags", (1,))))),
        (HoldsAll("text", (1,)), NEVER),
        (Matches("stars", "5"), NEVER),
        (In("stars", (1, "x", True)), Equals("stars", 1)),
        (Equals("picture", "a.png"), Equals("picture", "a.png")),
        (Equals("picture", File("a.png")), Equals("picture", File("a.png"))),
        (Equals("likes", _ADA), LinksTo("likes", ("ada",))),
        (Equals("likes", Pointer("Note", "n1")), NEVER),
        (Present("likes"), NEVER),
        (Absent("likes"), NEVER),
        (Equals("more.k", "x"), Equals("more.k", "x")),
        (Equals("author.name", "x"), NEVER),
        (Not(Equals("author.name", "x")), ALWAYS),
        (And((Equals("stars", 5), Equals("unknown", 1))), NEVER),
    ],
    ids=repr,
)
def test_a_condition_means_what_the_field_lets_it_mean(asked: Condition, meant: Condition) -> None:
    assert typed_condition(asked, NOTE) == meant


def test_a_text_field_is_asked_for_texts_alone() -> None:
    with pytest.raises(InvalidQuery):
        typed_condition(In("text", ("a", 5)), NOTE)


def test_an_order_by_a_field_that_no_object_has_falls_away() -> None:
    query = Query("Note", ALWAYS, (Sort("unknown"), Sort("more.k"), Sort("stars")), 5, 10)

    assert typed(query, NOTE) == Query("Note", ALWAYS, (Sort("more.k"), Sort("stars")), 5, 10)
