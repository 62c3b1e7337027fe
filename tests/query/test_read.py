from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol.errors import InvalidJSON, InvalidKeyName, InvalidQuery, ParseError
from parsonage.protocol.values import Pointer
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
    HoldsAll,
    In,
    InSubquery,
    Matches,
    Not,
    Or,
    Present,
    Query,
    RelatedTo,
    Sort,
)
from parsonage.query.read import read_keys, read_number, read_order, read_where

_ADA = {"__type": "Pointer", "className": "_User", "objectId": "ada"}
_WORDS = [
    "a", "a.b", "$or", "$and", "$nor", "$in", "$nin", "$regex", "$options", "$exists", "$all", "$inQuery", "$select",
    "$relatedTo", "$lt", "$ne", "$eq", "$bogus", "bad key", "__type", "className", "objectId", "where", "query", "key",
    "object", "ACL",
]  # fmt: skip
nonsense: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["x", "(", "Pointer", "_User", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=3),
    max_leaves=10,
)

_READ: list[tuple[Any, Condition]] = [
    ({}, ALWAYS),
    ({"a": 1}, Equals("a", 1)),
    ({"a": None}, Absent("a")),
    ({"a": {"$eq": None}}, Absent("a")),
    ({"a": {"$ne": 1}}, Not(Equals("a", 1))),
    ({"a": {"$ne": None}}, Present("a")),
    ({"a": _ADA}, Equals("a", Pointer("_User", "ada"))),
    (
        {"a": {"$gt": 1, "$lte": 5}},
        And((Compare("a", Comparison.GREATER, 1), Compare("a", Comparison.LESS_OR_EQUAL, 5))),
    ),
    ({"a": {"$lt": ""}}, Compare("a", Comparison.LESS, "")),
    ({"a": {"$in": []}}, NEVER),
    ({"a": {"$in": [1, [2, 3]]}}, In("a", (1, 2, 3))),
    ({"a": {"$in": [1, None]}}, Or((In("a", (1,)), Absent("a")))),
    ({"a": {"$nin": [1]}}, Not(In("a", (1,)))),
    ({"a": {"$nin": []}}, ALWAYS),
    ({"a": {"$exists": 1}}, Present("a")),
    ({"a": {"$exists": False}}, Absent("a")),
    ({"a": {"$all": [1, "x"]}}, HoldsAll("a", (1, "x"))),
    ({"a": {"$all": [{"$regex": "^\\Qx\\E"}]}}, Matches("a", "^\\Qx\\E")),
    ({"a": {"$containedBy": [1]}}, ContainedBy("a", (1,))),
    ({"a": {"$regex": "x", "$options": "im"}}, Matches("a", "x", "im")),
    ({"a": {"k": 1, "$exists": True}}, And((Equals("a", {"k": 1}), Present("a")))),
    ({"$or": [{"a": 1}, {"b": 2}]}, Or((Equals("a", 1), Equals("b", 2)))),
    ({"$nor": [{"a": 1}]}, Not(Equals("a", 1))),
    ({"$and": [{"a": 1}, {"b": 2}]}, And((Equals("a", 1), Equals("b", 2)))),
    ({"$relatedTo": {"object": _ADA, "key": "likes"}}, RelatedTo(Pointer("_User", "ada"), "likes")),
    ({"a": {"$inQuery": {"className": "B", "where": {"b": 1}}}}, InSubquery("a", Query("B", Equals("b", 1)))),
    ({"a": {"$select": {"query": {"className": "B"}, "key": "c"}}}, InSubquery("a", Query("B"), "c")),
    ({"a": {"$notInQuery": {"className": "B", "where": {}}}}, Not(InSubquery("a", Query("B")))),
]

_REFUSED: list[tuple[Any, type[ParseError]]] = [
    (5, InvalidJSON),
    (None, InvalidJSON),
    ([], InvalidJSON),
    ("{", InvalidJSON),
    ({"bad key": 1}, InvalidKeyName),
    ({"$where": "1"}, InvalidKeyName),
    ({"_hashed_password": "x"}, InvalidKeyName),
    ({'a"b': 1}, InvalidKeyName),
    ({"ACL": {"*": 1}}, InvalidQuery),
    ({"a": {"$size": 2}}, InvalidJSON),
    ({"a": {"$in": 5}}, InvalidJSON),
    ({"a": {"$containedBy": 5}}, InvalidJSON),
    ({"a": {"$all": [1, {"$regex": "x"}]}}, InvalidJSON),
    ({"a": {"$regex": 5}}, InvalidQuery),
    ({"a": {"$regex": "("}}, InvalidQuery),
    ({"a": {"$regex": "x" * 20_000}}, InvalidQuery),
    ({"a": {"$regex": "x", "$options": "q"}}, InvalidQuery),
    ({"a": {"$regex": "x", "$options": 1}}, InvalidQuery),
    ({"a": {"$options": "i"}}, InvalidQuery),
    ({"$or": 5}, InvalidQuery),
    ({"$or": []}, InvalidQuery),
    ({"$nor": []}, InvalidQuery),
    ({"$or": [1]}, InvalidQuery),
    ({"a": {"$inQuery": {}}}, InvalidQuery),
    ({"a": {"$inQuery": 5}}, InvalidQuery),
    ({"a": {"$select": {"query": {"className": "B"}, "key": "c", "more": 1}}}, InvalidQuery),
]  # fmt: skip


class TestWhere:
    @pytest.mark.parametrize(("json", "condition"), _READ, ids=repr)
    def test_a_clause_means_its_condition(self, json: Any, condition: Condition) -> None:
        assert read_where(json) == condition
        assert read_where(orjson.dumps(json).decode()) == condition

    @pytest.mark.parametrize(("json", "refusal"), _REFUSED, ids=repr)
    def test_a_malformed_clause_is_refused(self, json: Any, refusal: type[ParseError]) -> None:
        with pytest.raises(refusal):
            read_where(json)

    @given(json=nonsense)
    def test_nonsense_is_refused_with_a_parse_error_or_read(self, json: Any) -> None:
        assert _refusal(json) in (None, 102, 105, 107, 111, 121)

    def test_branches_and_subqueries_end_somewhere(self) -> None:
        with pytest.raises(InvalidQuery):
            read_where(_nested({"a": 1}, "$or", 200))
        with pytest.raises(InvalidQuery):
            read_where(_subqueries(50))

    def test_private_keys_are_for_those_who_may(self) -> None:
        condition = read_where({"_perishable_token": "x"}, private_keys=frozenset({"_perishable_token"}))

        assert condition == Equals("_perishable_token", "x")


class TestTheRest:
    @pytest.mark.parametrize(
        ("given", "order"),
        [
            ("a, -b", (Sort("a"), Sort("b", descending=True))),
            (["a", "-b.c"], (Sort("a"), Sort("b.c", descending=True))),
            ("-_created_at", (Sort("createdAt", descending=True),)),
            ("", ()),
        ],
    )
    def test_an_order_is_read(self, given: Any, order: tuple[Sort, ...]) -> None:
        assert read_order(given) == order

    @pytest.mark.parametrize("given", ["bad key", "a,", "--a", "authData.x.id", "1a", "length", [], 'a"'])
    def test_an_order_by_what_is_no_field_is_refused(self, given: str) -> None:
        with pytest.raises(InvalidKeyName):
            read_order(given)

    def test_keys_are_read_once_each(self) -> None:
        assert read_keys("a,b,a,,c.d") == ("a", "b", "c.d")

    def test_a_blank_is_part_of_a_key(self) -> None:
        assert read_keys("a, b") == ("a", " b")

    @pytest.mark.parametrize(
        ("given", "number"), [(0, 0), (5.0, 5), ("7", 7), (2.9, 3), (True, 1), (None, 0), ([7], 7)]
    )
    def test_a_number_is_read(self, given: Any, number: int) -> None:
        assert read_number(given, "limit") == number

    @pytest.mark.parametrize("given", [-1, "x", {}, [1, 2], float("nan"), float("inf"), 2.0**60, "1e400"])
    def test_what_is_no_number_of_objects_is_refused(self, given: Any) -> None:
        with pytest.raises(InvalidQuery):
            read_number(given, "limit")


def _refusal(json: Any) -> int | None:
    try:
        read_where(json)
    except ParseError as refusal:
        return refusal.code
    return None


def _nested(json: Any, operator: str, levels: int) -> Any:
    for _ in range(levels):
        json = {operator: [json]}
    return json


def _subqueries(levels: int) -> Any:
    json: Any = {}
    for _ in range(levels):
        json = {"a": {"$inQuery": {"className": "B", "where": json}}}
    return json
