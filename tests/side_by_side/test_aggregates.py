"""Aggregations and distinct values, for the master key.

Rules: reference/query.md, section 9.
"""

from __future__ import annotations

import pytest

from tests.side_by_side.case import (
    MAINTENANCE_KEY,
    READ_ONLY_MASTER_KEY,
    Case,
    Step,
    case,
    create,
    date,
    delete,
    get,
    pointer,
    post,
    put,
    some,
)
from tests.side_by_side.exchange import Pair

ROWS = (
    create("<Row>", {"k": 0, "n": 1, "s": "x", "t": ["r"], "o": {"k": 5}}).remember(rowa="objectId"),
    create("<Row>", {"k": 1, "n": 2, "s": "x", "t": ["r"], "who": pointer("<Town>", "abc")}).remember(rowb="objectId"),
    create("<Row>", {"k": 2, "n": 4, "s": "y"}).remember(rowc="objectId"),
)


def aggregate(*stages: object, **more: object) -> Step:
    return get("/aggregate/<Row>", pipeline=list(stages), **more).as_master()


def distinct(key: object, **more: object) -> Step:
    return get("/aggregate/<Row>", distinct=key, **more).as_master()


def carried(name: str, *pipelines: tuple[object, ...]) -> Case:
    """A case that sends rows through each pipeline."""
    return case(name, *ROWS, *(aggregate(*pipeline) for pipeline in pipelines))


CASES = [
    carried("one group of everything", ({"$group": {"_id": None, "total": {"$sum": "$n"}}},)),
    carried("how many there are", ({"$group": {"_id": None, "rows": {"$sum": 1}}},)),
    carried(
        "least, most and mean",
        ({"$group": {"_id": None, "a": {"$min": "$n"}, "b": {"$max": "$n"}, "c": {"$avg": "$n"}}},),
    ),
    carried("a group each", ({"$match": {"s": "x"}}, {"$group": {"_id": "$s", "total": {"$sum": "$n"}}})),
    carried("a group by a map", ({"$match": {"s": "x"}}, {"$group": {"_id": {"letter": "$s"}, "n": {"$sum": 1}}})),
    carried("a match by a number", ({"$match": {"n": {"$gt": 1, "$lt": 4}}}, {"$project": {"n": 1, "objectId": 1}})),
    carried("a match by a text", ({"$match": {"s": "y"}}, {"$project": {"s": 1, "objectId": 1}})),
    carried("an order and a limit", ({"$sort": {"n": -1}}, {"$limit": 2}, {"$project": {"n": 1, "objectId": 1}})),
    case(
        "an order and a skip",
        *ROWS,
        aggregate({"$sort": {"n": 1}}, {"$skip": 2}, {"$project": {"n": 1}}).differs(
            "query, section 9", 200, {"results": [{"objectId": "<rowc>", "n": 4}]}
        ),
    ),
    carried("a stage by its old name", ({"match": {"n": 1}},), ({"group": {"_id": None}},)),
    carried("a stage with two names", ({"$match": {}, "$sort": {}},)),
    carried("a group by objectId", ({"$group": {"objectId": "$s"}},)),
    carried("a group by nothing", ({"$group": {"total": {"$sum": 1}}},)),
    case("a parameter that is no stage", *ROWS, get("/aggregate/<Row>", limit=5).as_master()),
    case(
        "stages as a map",
        *ROWS,
        get("/aggregate/<Row>", pipeline={"$group": {"_id": None, "n": {"$sum": "$n"}}}).as_master(),
    ),
    case(
        "a stage as a parameter",
        *ROWS,
        Step("GET", "/aggregate/<Row>", query={"$group": {"_id": None, "n": {"$sum": "$n"}}}).as_master(),
    ),
    case("aggregations are for the master key", *ROWS, get("/aggregate/<Row>", pipeline=[{"$limit": 1}])),
    case("distinct values are for the master key", *ROWS, get("/aggregate/<Row>", distinct="n")),
    case("distinct numbers", *ROWS, distinct("n")),
    case("distinct texts", *ROWS, distinct("s")),
    case("distinct elements", *ROWS, distinct("t")),
    case("distinct pointers", *ROWS, distinct("who")),
    case("distinct values under a condition", *ROWS, distinct("n", where={"s": "x"})),
    case("distinct values of an unknown field", *ROWS, distinct("zzz")),
    case("distinct values of what is no name", *ROWS, distinct('s"; drop')),
    case(
        "distinct dates and files",
        create("<Row>", {"d": date("2024-01-01T00:00:00.000Z"), "f": {"__type": "File", "name": "a.txt"}}),
        distinct("d"),
        distinct("f"),
    ),
    case("distinct beside what is no stage", *ROWS, *(distinct("k", **{name: 1}) for name in ("limit", "group", "x"))),
    case("distinct in other forms", *ROWS, distinct(["n"]), distinct({}), distinct(5), distinct("n", where="{")),
    case("one group about which nothing is asked", ROWS[0], aggregate({"$group": {"_id": None}})),
    case(
        "a group by what an operator makes of nothing",
        ROWS[0],
        aggregate({"$group": {"_id": {"d": {"$month": "$zz"}}}}).differs(
            "query, section 9", 200, {"results": [{"objectId": {"d": None}}]}
        ),
    ),
    case(
        "a group whose id is what an operator makes",
        create("<Row>", {"d": date("2024-05-01T00:00:00.000Z")}),
        aggregate({"$group": {"_id": {"$month": "$d"}}}).differs(
            "query, section 9", 200, {"results": [{"objectId": 5}]}
        ),
    ),
    case(
        "groups that aren't well formed",
        *ROWS,
        *(aggregate({"$group": json}) for json in some({}, {"objectId": None}, {"x": 1})),
    ),
    case(
        "stages that aren't well formed",
        *ROWS,
        *(aggregate(stage) for stage in some({"match": {}}, {"$limit": 1, "$skip": 1}, {}, 5, [])),
    ),
    case(
        "aggregations of what does not exist",
        get("/aggregate/<Nowhere>", pipeline=[{"$match": {"k": 1}}]).as_master(),
        get("/aggregate/<Nowhere>", distinct="k").as_master(),
    ),
    case(
        "other ways to aggregate",
        *ROWS,
        post("/aggregate/<Row>", {"distinct": "k"}).as_master(),
        post("/aggregate/<Row>", {"_method": "GET", "distinct": "k"}).as_master(),
        put("/aggregate/<Row>", {}).as_master(),
        delete("/aggregate/<Row>").as_master(),
        get("/aggregate").as_master(),
        get("/aggregate/<Row>/x").as_master(),
        get("/aggregate/<Row>", distinct="k").with_headers({"X-Parse-Master-Key": READ_ONLY_MASTER_KEY}),
        get("/aggregate/<Row>", distinct="k").with_headers({"X-Parse-Maintenance-Key": MAINTENANCE_KEY}),
    ),
    case(
        "PB061: a stage that PostgreSQL lacks",
        *ROWS,
        aggregate({"$count": "rows"}).differs("PB061", 200, {"results": [{"rows": 3}]}),
    ),
    case(
        "PB061: a stage that nobody knows",
        *ROWS,
        aggregate({"$bogus": 1}).differs("PB061", 400, {"code": 102, "error": "Invalid aggregate stage '$bogus'."}),
    ),
    case(
        "PB062: a projection keeps the id",
        *ROWS,
        aggregate({"$match": {"k": 0}}, {"$project": {"n": 1}}).differs(
            "PB062", 200, {"results": [{"objectId": "<rowa>", "n": 1}]}
        ),
    ),
    case(
        "PB063: distinct values beside a relation",
        create(
            "<Row>",
            {"n": 1, "rel": {"__op": "AddRelation", "objects": [pointer("<Town>", "abc")]}},
        ),
        distinct("n").differs("PB063", 200, {"results": [1]}),
    ),
]


@pytest.mark.parametrize("told", CASES, ids=str)
def test_parsonage_answers_as_parse_server_does(both: Pair, told: Case) -> None:
    both.compare(told)
