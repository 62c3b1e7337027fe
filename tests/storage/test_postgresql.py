from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from parsonage.storage.changes import Notice
from parsonage.storage.conformance import OpenStorage, StorageConformance
from parsonage.storage.interface import Storage
from parsonage.storage.postgresql import PostgreSQLStorage


@pytest.fixture
def uri(new_house: Callable[[], str]) -> str:
    return new_house()


@pytest.fixture
async def open_storage(uri: str) -> AsyncIterator[OpenStorage]:
    opened: list[PostgreSQLStorage] = []

    async def open_another() -> PostgreSQLStorage:
        opened.append(PostgreSQLStorage(uri, statement_seconds=2))
        await opened[-1].open()
        return opened[-1]

    yield open_another
    for storage in opened:
        await storage.close()


class TestPostgreSQL(StorageConformance):
    @pytest.fixture
    async def open_storage(self, open_storage: OpenStorage) -> OpenStorage:
        return open_storage

    async def heard(self, storage: Storage) -> list[Notice]:
        assert isinstance(storage, PostgreSQLStorage)
        await storage.catch_up()
        return list(storage.notices())
