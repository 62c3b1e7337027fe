"""Defects of Parse Server, one row each in reference/peer-bugs.md: every row has a test that mentions it.

Here stand those that no other part of the suite tells; a test is named after its row.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.flows.door import APP_ID, Door

ROWS = frozenset(range(1, 124))
NOT_BUILT = {
    65: "mail and its pages",
    74: "mail and its pages",
    96: "push",
    97: "push",
    **dict.fromkeys(range(100, 113), "live queries"),
    113: "GraphQL",
    114: "GraphQL",
    116: "GraphQL",
    117: "GraphQL",
    118: "GraphQL",
}
"""Rows without a test, and the room that each belongs to."""

_MENTION = re.compile(r"PB(\d{3})(?!\d)", re.IGNORECASE)


def rows_mentioned() -> set[int]:
    """The rows that a test mentions, in any part of the suite, or the kit that storages are held to."""
    here = Path(__file__).parents[1]
    kit = here.parent / "src" / "parsonage" / "storage" / "conformance"
    files = [*here.glob("*/*.py"), *here.glob("*/*/test_*.py"), *kit.glob("*.py")]
    return {int(number) for file in files for number in _MENTION.findall(file.read_text())}


def test_every_row_is_mentioned_or_belongs_to_what_is_not_built() -> None:
    assert ROWS - rows_mentioned() <= NOT_BUILT.keys()


async def test_pb005_a_transaction_with_an_item_that_leads_nowhere_leaves_nothing_open(door: Door) -> None:
    items = [
        {"method": "POST", "path": "/parse/classes/Note", "body": {"k": 1}},
        {"method": "POST", "path": "/parse/nowhere", "body": {}},
    ]

    refused = await door.post("/batch", {"requests": items, "transaction": True})
    again = await door.post("/batch", {"requests": items[:1], "transaction": True})

    assert (refused.status, refused.body["code"], again.status) == (400, 107, 200)
    assert len(await door.find("Note")) == 1


@pytest.mark.parametrize("levels", [400, 3000])
async def test_pb006_conditions_inside_conditions_end_somewhere(door: Door, levels: int) -> None:
    answer = await door.get("/classes/Note", where='{"$or":[' * levels + "{}" + "]}" * levels)

    assert answer.body == {"code": 102, "error": "Query condition nesting depth exceeds maximum allowed depth of 100"}


async def test_pb009_a_maintenance_key_in_the_body_is_no_field(door: Door) -> None:
    body = {"_ApplicationId": APP_ID, "_MaintenanceKey": "unknown here", "k": 1}

    answer = await door.send(
        "POST", "/classes/Note", headers={"x-parse-application-id": ""}, content=orjson.dumps(body)
    )

    assert answer.status == 201
    assert (await door.get(f"/classes/Note/{answer.body['objectId']}")).body["k"] == 1


@pytest.mark.parametrize("pattern", ["[", "(", "a**", "\\"])
async def test_pb042_a_pattern_that_is_none_is_refused(door: Door, pattern: str) -> None:
    await door.create("Note", {"s": "x"})

    answer = await door.get("/classes/Note", where={"s": {"$regex": pattern}})

    assert (answer.status, answer.body["code"]) == (400, 102)


@pytest.mark.parametrize(("pattern", "options"), [("a.b", "s"), ("^b", "m"), ("A.B$", "is")])
async def test_pb043_patterns_over_several_lines_obey_their_options(door: Door, pattern: str, options: str) -> None:
    await door.create("Note", {"s": "a\nb"})

    found = await door.find("Note", {"s": {"$regex": pattern, "$options": options}})

    assert len(found) == 1


async def test_pb099_a_file_elsewhere_is_text_and_is_never_fetched(door: Door) -> None:
    file = {"__type": "File", "name": "a.txt", "url": "http://127.0.0.1:9/never.txt"}

    note = await door.create("Note", {"file": file})

    assert (await door.get(f"/classes/Note/{note}")).body["file"]["name"] == "a.txt"


@pytest.mark.parametrize(
    "query",
    [
        {"where": {"s": {"$regex": "("}}},
        {"where": {"createdAt": "x"}},
        {"where": {"$or": [{}, {}]}},
        {"where": {"s.t": 1}},
        {"limit": -1},
        {"order": "s.t"},
    ],
)
async def test_pb119_no_word_of_the_database_leaves(door: Door, query: dict[str, Any]) -> None:
    await door.create("Note", {"s": "x"})

    answer = await door.get("/classes/Note", **query)

    assert answer.status in (200, 400)
    assert not re.search("sql|syntax|column|database", str(answer.body), re.IGNORECASE)
