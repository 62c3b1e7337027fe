"""Aggregations and distinct values, from the door to either database and back.

Rules: reference/query.md, section 9; PB061, PB062 and PB063.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.door import MAINTENANCE_KEY, READ_ONLY_KEY, Answer, Door, open_door, pointer
from tests.machinery.postgresql import postgresql

ROWS: list[dict[str, Any]] = [
    {"n": 1, "s": "x", "tags": ["r", "g"], "o": {"k": 5}, "d": {"__type": "Date", "iso": "2026-01-04T05:06:07.089Z"}},
    {"n": 2, "s": "x", "tags": ["r"], "who": pointer("_User", "u1"), "ACL": {}},
    {"n": 3, "s": "y", "likes": {"__op": "AddRelation", "objects": [pointer("_User", "u1")]}},
    {"s": "y"},
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Any:
    if request.param == "sqlite":
        yield {}
        return
    with postgresql() as server:
        yield {"databaseURI": server.create_database("aggregates")}


@pytest.fixture
async def rows(tmp_path: Path, database: dict[str, Any]) -> AsyncIterator[Door]:
    async with open_door(tmp_path, **database) as opened:
        await opened.send("DELETE", "/purge/Row", master=True)
        for row in ROWS:
            await opened.create("Row", row)
        yield opened


async def aggregate(door: Door, *stages: Any, **more: Any) -> Any:
    answer = await door.get("/aggregate/Row", pipeline=list(stages), master=True, **more)
    assert answer.status == 200, answer.body
    return answer.body["results"]


async def test_a_group_counts_and_sums(rows: Door) -> None:
    found = await aggregate(
        rows, {"$group": {"_id": "$s", "count": {"$sum": 1}, "total": {"$sum": "$n"}}}, {"$sort": {"_id": 1}}
    )

    assert found == [{"objectId": "x", "count": 2, "total": 3}, {"objectId": "y", "count": 2, "total": 3}]


async def test_everything_is_one_group(rows: Door) -> None:
    found = await aggregate(rows, {"$group": {"_id": None, "mean": {"$avg": "$n"}, "most": {"$max": "$n"}}})

    assert found == [{"objectId": None, "mean": 2, "most": 3}]


async def test_parts_of_a_date_make_groups(rows: Door) -> None:
    found = await aggregate(
        rows, {"$match": {"d": {"$exists": True}}}, {"$group": {"_id": {"day": {"$dayOfMonth": "$d"}, "s": "$s"}}}
    )

    assert found == [{"objectId": {"day": 4, "s": "x"}}]


async def test_the_database_narrows_orders_and_pages(rows: Door) -> None:
    found = await aggregate(
        rows,
        {"$match": {"n": {"$gt": 0}}},
        {"$sort": {"n": -1}},
        {"$skip": 1},
        {"$limit": 1},
        {"$project": {"n": 1, "_id": 0}},
    )

    assert found == [{"n": 2}]


async def test_a_limit_before_a_skip_comes_first(rows: Door) -> None:
    found = await aggregate(rows, {"$sort": {"s": 1, "n": 1}}, {"$limit": 2}, {"$skip": 1}, {"$project": {"n": 1}})

    assert [row["n"] for row in found] == [2]


async def test_a_match_behind_a_limit_narrows_what_is_left(rows: Door) -> None:
    found = await aggregate(rows, {"$sort": {"n": 1}}, {"$limit": 1}, {"$match": {"n": {"$gt": 1}}})

    assert found == []


async def test_an_iso_text_is_compared_with_dates(rows: Door) -> None:
    found = await aggregate(rows, {"$match": {"_created_at": {"$gt": "2001-01-01T00:00:00.000Z"}}}, {"$count": "rows"})

    assert found == [{"rows": 4}]


async def test_a_pointer_can_be_matched_by_its_id(rows: Door) -> None:
    found = await aggregate(rows, {"$match": {"_p_who": "u1"}}, {"$project": {"who": 1, "_id": 0}})

    assert found == [{"who": pointer("_User", "u1")}]


async def test_pb061_a_stage_is_carried_out_or_refused(rows: Door) -> None:
    unwound = await aggregate(rows, {"$unwind": "$tags"}, {"$group": {"_id": "$tags", "n": {"$sum": 1}}})
    refused = await rows.get("/aggregate/Row", pipeline=[{"$bogus": 1}], master=True)

    assert unwound == [{"objectId": "r", "n": 2}, {"objectId": "g", "n": 1}]
    assert refused.plain == (400, {"code": 102, "error": "Invalid aggregate stage '$bogus'."})


async def test_pb062_whole_rows_come_whole_and_keep_their_id(rows: Door) -> None:
    whole = await aggregate(rows, {"$match": {"n": 1}})
    empty = await aggregate(rows)
    projected = await aggregate(rows, {"$match": {"n": 1}}, {"$project": {"n": 1, "createdAt": 1}})

    assert whole == [{**ROWS[0], **{key: whole[0][key] for key in ("objectId", "createdAt", "updatedAt")}}]
    assert len(empty) == 4
    assert projected == [{key: whole[0][key] for key in ("objectId", "n", "createdAt")}]


async def test_pb063_distinct_works_beside_a_relation(rows: Door) -> None:
    assert (await distinct(rows, "n")).body == {"results": [1, 2, 3]}
    assert not any("likes" in row for row in await aggregate(rows))


async def distinct(door: Door, key: str, **more: Any) -> Answer:
    return await door.get("/aggregate/Row", distinct=key, master=True, **more)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("s", ["x", "y"]),
        ("tags", ["g", "r"]),
        ("o.k", [5]),
        ("who", [pointer("_User", "u1")]),
        ("unknown", []),
        ("likes", []),
    ],
)
async def test_distinct_lists_the_different_values(rows: Door, key: str, values: list[Any]) -> None:
    assert (await distinct(rows, key)).body == {"results": values}


async def test_distinct_takes_a_condition(rows: Door) -> None:
    assert (await distinct(rows, "n", where={"s": "x"})).body == {"results": [1, 2]}


async def test_a_class_that_does_not_exist_has_nothing(rows: Door) -> None:
    answer = await rows.get("/aggregate/Nowhere", pipeline=[{"$group": {"_id": None}}], master=True)

    assert answer.plain == (200, {"results": []})


async def test_stages_may_be_parameters_of_their_own(rows: Door) -> None:
    stages: dict[str, Any] = {"$match": {"s": "x"}, "$group": {"_id": None, "n": {"$sum": "$n"}}}
    answer = await rows.send("GET", "/aggregate/Row", master=True, **stages)

    assert answer.body == {"results": [{"objectId": None, "n": 3}]}


async def test_a_second_match_narrows_what_the_database_found(rows: Door) -> None:
    found = await aggregate(
        rows,
        {"$group": {"_id": "$s", "total": {"$sum": "$n"}, "rows": {"$sum": 1}}},
        {"$match": {"objectId": "y", "total": {"$gte": 3}}},
    )

    assert found == [{"objectId": "y", "total": 3, "rows": 2}]


async def test_a_plan_is_shown_in_the_place_of_results(rows: Door) -> None:
    plan = await aggregate(rows, {"$match": {"n": 1}}, explain=True)

    assert plan[0].startswith("SELECT")


@pytest.mark.parametrize("name", ['s"; drop table x', "a b", "$where", "_x"])
async def test_advisory_5_a_name_that_is_none_is_refused(rows: Door, name: str) -> None:
    listed = await distinct(rows, name)
    grouped = await rows.get("/aggregate/Row", pipeline=[{"$group": {"_id": f"${name}"}}], master=True)

    assert (listed.status, listed.body["code"]) == (400, 105)
    assert (grouped.status, grouped.body["code"]) == (400, 105)


async def test_aggregations_are_for_the_master_keys(rows: Door) -> None:
    by_anybody = await rows.get("/aggregate/Row", pipeline=[{"bogus": 1}])
    by_maintenance = await rows.get("/aggregate/Row", headers={"x-parse-maintenance-key": MAINTENANCE_KEY})
    by_reader = await rows.get(
        "/aggregate/Row", pipeline=[{"$count": "n"}], headers={"x-parse-master-key": READ_ONLY_KEY}
    )

    assert (by_anybody.status, by_maintenance.status) == (403, 403)
    assert by_reader.plain == (200, {"results": [{"n": 4}]})
