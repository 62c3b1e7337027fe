"""Queries whose cost a client chooses: rows 92 to 94 of reference/security-advisories.md, for places and texts.

The server must answer others meanwhile: so what may take long is kept off the event loop.
"""

from __future__ import annotations

from typing import Any

import pytest

from parsonage.query.model import Condition
from parsonage.query.read import read_where
from parsonage.schema.builtin import new_class
from parsonage.schema.model import STRING, Field, FieldType
from parsonage.storage.sqlite.tables import Names, Table
from parsonage.storage.sqlite.where import Where
from tests.flows.door import Door

SPOT = {"__type": "GeoPoint", "latitude": 1, "longitude": 1}
NOTE = new_class("Note").with_fields(
    {"text": STRING, "place": Field(FieldType.GEO_POINT), "area": Field(FieldType.POLYGON)}
)
COSTLY: list[dict[str, Any]] = [
    {"place": {"$geoWithin": {"$polygon": [[0, 0], [9, 0], [9, 9]] * 40}}},
    {"area": {"$geoIntersects": {"$point": SPOT}}},
    {"text": {"$text": {"$search": {"$term": "a:*"}}}},
]


def is_kept_off_the_loop(condition: Condition) -> bool:
    where = Where(Table(NOTE, Names(), {}))
    where.sql(condition)
    return where.slow


@pytest.mark.parametrize("where", COSTLY, ids=lambda where: next(iter(where)))
def test_92_a_costly_question_is_kept_off_the_event_loop(where: Any) -> None:
    assert is_kept_off_the_loop(read_where(where))


def test_92_a_cheap_question_is_answered_on_the_event_loop() -> None:
    assert not is_kept_off_the_loop(read_where({"place": {"$nearSphere": SPOT, "$maxDistance": 1}}))


@pytest.mark.parametrize(
    "where",
    [
        {"place": {"$geoWithin": {"$polygon": [[0, 0]] * 10_001}}},
        {"text": {"$text": {"$search": {"$term": "x" * 10_001}}}},
        {"text": {"$text": {"$search": {"$term": "x " * 1000}}}},
    ],
    ids=["corners", "letters", "words"],
)
async def test_92_a_question_without_measure_is_refused(door: Door, where: Any) -> None:
    answer = await door.post("/classes/Note", {"_method": "GET", "where": where})

    assert (answer.status, answer.body["code"]) == (400, 107)


@pytest.mark.parametrize(
    "term", ["'; drop table x --", '" OR 1=1', "a\\", "'' & | ! <->", "NEAR(a b)", "t : x", "*", "^a", "{a} : b"]
)
async def test_7_a_term_of_a_search_is_never_a_part_of_the_statement(door: Door, term: str) -> None:
    await door.create("Note", {"text": "harmless"})

    found = await door.find("Note", {"text": {"$text": {"$search": {"$term": term}}}})

    assert found == []
