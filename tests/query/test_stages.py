from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsonage.protocol.errors import InvalidKeyName, InvalidQuery, ParseError
from parsonage.protocol.values import Pointer
from parsonage.query.expressions import Document, read_expression
from parsonage.query.stages import distinct, read_pipeline

AT = datetime(2026, 1, 4, 5, 6, 7, 89_000, tzinfo=UTC)
DOCUMENTS: list[Document] = [
    {"objectId": "a", "n": 1, "s": "x", "tags": ["r", "g"], "o": {"k": 5}, "at": AT},
    {"objectId": "b", "n": 2, "s": "x", "tags": ["r"], "who": Pointer("_User", "u")},
    {"objectId": "c", "n": 3, "s": "y", "tags": []},
    {"objectId": "d", "s": "y"},
]


def run(*stages: Any) -> list[Document]:
    documents = DOCUMENTS
    for stage in read_pipeline(list(stages)):
        documents = stage.run(documents)
    return documents


def ids(*stages: Any) -> list[Any]:
    return [document["objectId"] for document in run(*stages)]


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ({"$match": {"n": {"$gt": 1}}}, ["b", "c"]),
        ({"$match": {"_id": "b"}}, ["b"]),
        ({"$match": {"tags": "r"}}, ["a", "b"]),
        ({"$match": {"o.k": 5}}, ["a"]),
        ({"$match": {"$or": [{"n": 1}, {"n": {"$exists": False}}]}}, ["a", "d"]),
        ({"$sort": {"n": -1}}, ["d", "c", "b", "a"]),
        ({"$sort": {"s": -1, "n": 1}}, ["c", "d", "a", "b"]),
        ({"$skip": 3}, ["d"]),
        ({"$limit": 1}, ["a"]),
        ({"$unwind": "$tags"}, ["a", "a", "b"]),
        ({"$unwind": {"path": "$tags", "preserveNullAndEmptyArrays": True}}, ["a", "a", "b", "c", "d"]),
    ],
    ids=str,
)
def test_a_stage_lets_documents_through(stage: Any, expected: list[str]) -> None:
    assert ids(stage) == expected


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ({"$group": {"_id": None, "total": {"$sum": "$n"}}}, [{"objectId": None, "total": 6}]),
        (
            {"$group": {"_id": "$s", "rows": {"$sum": 1}, "most": {"$max": "$n"}, "mean": {"$avg": "$n"}}},
            [{"objectId": "x", "rows": 2, "most": 2, "mean": 1.5}, {"objectId": "y", "rows": 2, "most": 3, "mean": 3}],
        ),
        (
            {"$group": {"_id": {"letter": "$s"}, "least": {"$min": "$n"}, "all": {"$push": "$n"}}},
            [
                {"objectId": {"letter": "x"}, "least": 1, "all": [1, 2]},
                {"objectId": {"letter": "y"}, "least": 3, "all": [3]},
            ],
        ),
        (
            {"$group": {"_id": "", "first": {"$first": "$s"}, "last": {"$last": "$s"}, "each": {"$addToSet": "$s"}}},
            [{"objectId": None, "first": "x", "last": "y", "each": ["x", "y"]}],
        ),
        (
            {"$group": {"_id": "$_p_who", "n": {"$count": {}}}},
            [{"objectId": None, "n": 3}, {"objectId": DOCUMENTS[1]["who"], "n": 1}],
        ),
        ({"$count": "rows"}, [{"rows": 4}]),
        ({"$sortByCount": "$who"}, [{"objectId": None, "count": 3}, {"objectId": DOCUMENTS[1]["who"], "count": 1}]),
    ],
    ids=str,
)  # fmt: skip
def test_a_stage_makes_other_documents(stage: Any, expected: list[Document]) -> None:
    assert run(stage) == expected


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ({"$project": {"s": 1}}, {"objectId": "a", "s": "x"}),
        ({"$project": {"s": 1, "_id": 0}}, {"s": "x"}),
        ({"$project": {"s": 0, "tags": False, "o.k": 0, "at": 0}}, {"objectId": "a", "n": 1, "o": {}}),
        ({"$project": {"o.k": 1}}, {"objectId": "a", "o": {"k": 5}}),
        ({"$project": {"twice": {"$multiply": ["$n", 2]}}}, {"objectId": "a", "twice": 2}),
        ({"$project": {"name": {"$concat": ["$s", "-", "$objectId"]}, "_id": 0}}, {"name": "x-a"}),
        ({"$project": {"o": {"a": "$n", "b": {"$literal": "$n"}}, "_id": 0}}, {"o": {"a": 1, "b": "$n"}}),
    ],
    ids=str,
)
def test_a_projection_keeps_makes_and_drops(stage: Any, expected: Document) -> None:
    assert run(stage)[0] == expected


def test_fields_can_be_added_and_unset() -> None:
    [first, *_] = run({"$addFields": {"o.more": "$n"}}, {"$unset": ["tags", "at"]}, {"$set": {"n": 9}})

    assert first == {"objectId": "a", "n": 9, "s": "x", "o": {"k": 5, "more": 1}}
    assert DOCUMENTS[0]["o"] == {"k": 5}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$n", 1),
        ("$o.k", 5),
        ("$missing.k", None),
        ("plain", "plain"),
        ({"$add": ["$n", 2, 0.5]}, 3.5),
        ({"$subtract": [5, "$n"]}, 4),
        ({"$divide": ["$n", 0]}, None),
        ({"$divide": [6, 4]}, 1.5),
        ({"$abs": -3}, 3),
        ({"$add": ["$s", 1]}, None),
        ({"$toUpper": "$s"}, "X"),
        ({"$toLower": "ABC"}, "abc"),
        ({"$ifNull": ["$missing", "none"]}, "none"),
        ({"$size": "$tags"}, 2),
        ({"$year": "$at"}, 2026),
        ({"$month": "$at"}, 1),
        ({"$week": "$at"}, 1),
        ({"$isoWeekYear": "$at"}, 2026),
        ({"$dayOfYear": "$at"}, 4),
        ({"$dayOfMonth": "$at"}, 4),
        ({"$dayOfWeek": "$at"}, 0),
        ({"$isoDayOfWeek": "$at"}, 7),
        ({"$hour": "$at"}, 5),
        ({"$minute": "$at"}, 6),
        ({"$second": "$at"}, 7),
        ({"$millisecond": "$at"}, 89),
        ({"$hour": "$s"}, None),
    ],
    ids=str,
)
def test_an_expression_makes_a_value(expression: Any, value: Any) -> None:
    assert read_expression(expression).of(DOCUMENTS[0]) == value


@pytest.mark.parametrize(
    ("pipeline", "error", "text"),
    [
        ([{"$a": {}, "$b": {}}], InvalidQuery, "Pipeline stages should only have one key but found $a, $b."),
        ([{}], InvalidQuery, "Pipeline stages should only have one key but found ."),
        ([5], InvalidQuery, "Pipeline stages should only have one key but found ."),
        (5, InvalidQuery, "A pipeline should be a list of stages"),
        ([{"$limit": 1}] * 101, InvalidQuery, "A pipeline may have 100 stages at most"),
        ([{"match": {}}], InvalidQuery, "Invalid aggregate stage 'match'."),
        ([{"$bogus": {}}], InvalidQuery, "Invalid aggregate stage '$bogus'."),
        ([{"$lookup": {}}], InvalidQuery, "Invalid aggregate stage '$lookup'."),
        ([{"$group": {"objectId": "$s"}}], InvalidQuery, "Cannot use 'objectId' in aggregation stage $group."),
        ([{"$group": {"total": {"$sum": 1}}}], InvalidQuery, "Invalid parameter for query: group. Missing key _id"),
        ([{"$group": {"_id": "$s", "n": 5}}], InvalidQuery, "The field 'n' must be an accumulator object"),
        ([{"$group": {"_id": "$s", "n": {"$x": 5}}}], InvalidQuery, "Unknown group operator '$x'"),
        ([{"$group": {"_id": '$s"; drop'}}], InvalidKeyName, 'Invalid field name: s"; drop.'),
        ([{"$project": {"x": {"$bogus": 1}}}], InvalidQuery, "Unrecognized expression '$bogus'"),
        ([{"$sort": {"n": 2}}], InvalidQuery, "$sort key ordering must be 1 (for ascending) or -1 (for descending)"),
        ([{"$limit": 0}], InvalidQuery, "$limit should be a whole number from 1 up"),
        ([{"$skip": "x"}], InvalidQuery, "$skip should be a whole number from 0 up"),
        ([{"$unwind": "tags"}], InvalidQuery, "$unwind should have a path that begins with $"),
        ([{"$count": "$n"}], InvalidQuery, "$count should be the name of a field"),
        ([{"$match": 5}], InvalidQuery, "$match should be a map"),
    ],
    ids=lambda given: str(given)[:60],
)  # fmt: skip
def test_a_pipeline_that_makes_no_sense_is_refused_with_its_text(
    pipeline: Any, error: type[ParseError], text: str
) -> None:
    with pytest.raises(error) as refusal:
        read_pipeline(pipeline)

    assert refusal.value.message == text


def test_a_map_of_stages_is_a_pipeline_too() -> None:
    [match, limit] = read_pipeline({"$match": {"n": 1}, "$limit": 5})

    assert limit.run(match.run(DOCUMENTS)) == [DOCUMENTS[0]]


def test_the_different_values_come_in_order_and_lists_by_their_elements() -> None:
    values = distinct([3, ["b", "a"], None, 1, 1.0, True, "b", [], {"x": 1, "y": 2}, {"y": 2, "x": 1}])

    assert values == [1, 3, "a", "b", {"x": 1, "y": 2}, True]


_NAMES = ["$match", "$group", "$sort", "$project", "$unwind", "_id", "n", "$sum", "$n", "tags", "$or", "$add", "a.b"]
nonsense: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*_NAMES, "$tags", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=2),
    max_leaves=8,
)


@given(pipeline=st.lists(st.dictionaries(st.sampled_from(_NAMES[:5]), nonsense, min_size=1, max_size=1), max_size=3))
def test_nonsense_is_refused_with_a_parse_error_or_carried_out(pipeline: Any) -> None:
    try:
        stages = read_pipeline(pipeline)
    except ParseError:
        return
    documents = DOCUMENTS
    for stage in stages:
        documents = stage.run(documents)
