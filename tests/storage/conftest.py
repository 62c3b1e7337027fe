from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import count

import asyncpg
import pytest

from parsonage.storage.postgresql import PostgreSQLStorage
from tests.machinery.postgresql import PostgreSQL, postgresql

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


@pytest.fixture
def empty_database(server: PostgreSQL) -> str:
    """The URL of a database that nothing was done to."""
    return server.create_database(f"empty{next(_numbers)}")


@pytest.fixture(scope="session")
def new_house(server: PostgreSQL) -> Callable[[], str]:
    """Makes a database as the engine finds it at its second start, which takes less time than the first."""
    template = server.create_database("template")

    async def prepare() -> None:
        storage = PostgreSQLStorage(template)
        await storage.open()
        await storage.close()

    async def copy(name: str) -> None:
        connection = await asyncpg.connect(f"postgres://postgres@127.0.0.1:{server.port}/postgres")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template STRATEGY file_copy")
        await connection.close()

    def made() -> str:
        name = f"house{next(_numbers)}"
        asyncio.run(copy(name))
        return f"postgres://postgres@127.0.0.1:{server.port}/{name}"

    asyncio.run(prepare())
    return made
