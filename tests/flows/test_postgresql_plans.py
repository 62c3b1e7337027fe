"""A house with many objects, users and roles: no request reads a whole table of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from benchmarks.big_house import CLASS, COLUMNS, INDEXES, READABLE, Size, fill

from tests.flows.door import Door, User, open_door
from tests.machinery.postgresql import postgresql

SIZE = Size(objects=20_000, users=2_000, roles=400)

OFTEN = 8
"""Times that each request is sent: PostgreSQL makes a plan for all values after five."""

LARGE_TABLES = [CLASS, "_User", "_Session", "_Role", "_Join:users:_Role"]

WHOLE_READS = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY ($1)"


@pytest.fixture(scope="module")
def uri() -> Iterator[str]:
    with postgresql() as server:
        yield server.create_database("house")


@pytest.fixture(scope="module")
def ada(uri: str, tmp_path_factory: pytest.TempPathFactory) -> User:
    """A user of a house that is filled."""

    async def filled() -> User:
        async with open_door(tmp_path_factory.mktemp("filling"), databaseURI=uri) as door:
            await door.make_class(CLASS, **{name: described["type"] for name, described in COLUMNS.items()})
            await door.put(f"/schemas/{CLASS}", {"indexes": INDEXES}, master=True)
            ada = await door.sign_up("ada")
        await fill(uri, SIZE, ada.id)
        return ada

    return asyncio.run(filled())


@pytest.fixture
async def psql(uri: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(uri)
    yield connection
    await connection.close()


async def whole_reads(psql: Any) -> dict[str, int]:
    """How often each large table was read from end to end, once every other connection has told its part."""
    while await psql.fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'parsonage'"):
        pass
    await psql.execute("SELECT pg_stat_clear_snapshot()")
    return dict(await psql.fetch(WHOLE_READS, LARGE_TABLES))


async def use_everything(door: Door, ada: User, round_: int) -> None:
    """What apps do all day, once."""
    found = await door.find(CLASS, {"kind": round_}, token=ada.token)
    assert len(found) == READABLE
    assert (await door.get(f"/classes/{CLASS}/item{round_}", token=ada.token)).status == 200
    changed = await door.put(f"/classes/{CLASS}/item{round_}", {"title": "new"}, master=True)
    assert changed.status == 200
    assert (await door.delete(f"/classes/{CLASS}/item{19_000 + round_}", master=True)).status == 200
    assert (await door.post("/login", {"username": "ada", "password": "ada-password"})).status == 200
    bob = await door.sign_up(f"bob{round_}", email=f"bob{round_}@example.org")
    assert len(await door.find("_User", {"username": f"User {round_ + 1}"}, token=bob.token)) == 1
    assert (await door.get("/users/me", token=bob.token)).status == 200
    assert (await door.post("/logout", token=bob.token)).status == 200


async def test_no_request_reads_a_large_table_from_end_to_end(uri: str, ada: User, psql: Any, tmp_path: Path) -> None:
    before = await whole_reads(psql)

    async with open_door(tmp_path, databaseURI=uri) as door:
        for round_ in range(OFTEN):
            await use_everything(door, ada, round_)

    assert await whole_reads(psql) == before


async def test_a_question_about_a_field_without_an_index_is_counted_as_such(
    uri: str, ada: User, psql: Any, tmp_path: Path
) -> None:
    before = await whole_reads(psql)

    async with open_door(tmp_path, databaseURI=uri) as door:
        await door.find(CLASS, {"title": "Item number 7"}, token=ada.token)

    assert (await whole_reads(psql))[CLASS] > before[CLASS]
