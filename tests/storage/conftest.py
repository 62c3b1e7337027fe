from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from itertools import count

import asyncpg
import pytest

from parsonage.storage.postgresql import PostgreSQLStorage
from tests.machinery.house import House
from tests.machinery.postgresql import NEWEST, PostgreSQL, postgresql

ServerOf = Callable[[int], PostgreSQL]

_numbers = count()


@pytest.fixture(scope="session")
def server_of() -> Iterator[ServerOf]:
    """A function that answers with a PostgreSQL of a version; each is started once."""
    running: dict[int, PostgreSQL] = {}
    with contextlib.ExitStack() as servers:

        def started(version: int) -> PostgreSQL:
            if version not in running:
                running[version] = servers.enter_context(postgresql(version=version))
            return running[version]

        yield started


@pytest.fixture(scope="session")
def server(server_of: ServerOf) -> PostgreSQL:
    return server_of(NEWEST)


@pytest.fixture(scope="session")
def house(server: PostgreSQL) -> House:
    """A database as the engine finds it at its second start, for tests that leave everything in its place."""
    return made_house(server.create_database("house"))


def made_house(uri: str) -> House:
    """A database that the engine has opened once."""
    made = House(uri)

    async def prepare() -> None:
        storage = PostgreSQLStorage(uri)
        await storage.open()
        await storage.close()
        await made.remember()

    asyncio.run(prepare())
    return made


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
