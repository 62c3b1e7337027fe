"""The conformance kit on older versions of PostgreSQL, and on what Parse Server and PostGIS leave in a database.

A normal run takes the oldest version, after a Parse Server was started on it, and what writes there; the long one
takes the whole kit on all of them.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import asyncpg
import pytest

from parsonage.storage.conformance import StorageConformance
from parsonage.storage.conformance.schemas import SchemaConformance
from parsonage.storage.conformance.writes import WriteConformance
from tests.machinery.house import House
from tests.machinery.peer import parse_server
from tests.machinery.postgresql import NEWEST
from tests.storage.conftest import ServerOf, made_house
from tests.storage.test_postgresql_kit import OnPostgreSQL


class Ground(NamedTuple):
    """A version of PostgreSQL, and whether a Parse Server was started on the database before."""

    version: int
    is_furnished: bool

    def __str__(self) -> str:
        return f"{self.version} {'furnished' if self.is_furnished else 'bare'}"


OLDEST = Ground(15, True)

IN_A_LONG_RUN = [
    OLDEST,
    Ground(15, False),
    Ground(16, True),
    Ground(16, False),
    Ground(17, True),
    Ground(17, False),
    Ground(NEWEST, True),
]


POSTGIS_WHERE_IT_IS = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgis') THEN CREATE EXTENSION postgis; END IF;
END $$
"""


@pytest.fixture(scope="module")
def ground() -> Ground:
    """What the tests of a class stand on; the long run gives others."""
    return OLDEST


@pytest.fixture(scope="module")
def house(ground: Ground, server_of: ServerOf, tmp_path_factory: pytest.TempPathFactory) -> House:
    uri = server_of(ground.version).create_database("furnished" if ground.is_furnished else "bare")
    if ground.is_furnished:
        asyncio.run(_execute(uri, POSTGIS_WHERE_IT_IS))
        options = {"appId": "kit", "masterKey": "master"}
        with parse_server(options, database_uri=uri, folder=tmp_path_factory.mktemp("peer")):
            pass  # it makes what it needs before it answers
    return made_house(uri)


async def _execute(uri: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(uri)
    rows: list[Any] = await connection.fetch(statement)
    await connection.close()
    return rows


class TestTheOldestPostgreSQL(OnPostgreSQL, WriteConformance, SchemaConformance):
    """What differs most from version to version."""


@pytest.mark.long
@pytest.mark.parametrize("ground", IN_A_LONG_RUN, ids=str, scope="module")
class TestEveryPostgreSQL(OnPostgreSQL, StorageConformance):
    """The whole kit on each of them."""

    async def test_only_a_furnished_database_has_the_functions_of_parse_server(
        self, house: House, ground: Ground
    ) -> None:
        [(number,)] = await _execute(house.uri, "SELECT count(*) FROM pg_proc WHERE proname = 'array_contains_all'")

        assert number == int(ground.is_furnished)
