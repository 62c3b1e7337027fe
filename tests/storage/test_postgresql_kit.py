"""The conformance kit on the newest PostgreSQL, and how a kit is run on any."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parsonage.storage.changes import Notice
from parsonage.storage.conformance import OpenStorage, StorageConformance
from parsonage.storage.conformance.cast import Cast
from parsonage.storage.interface import Storage
from parsonage.storage.postgresql import PostgreSQLStorage
from tests.machinery.house import House


class OnPostgreSQL(Cast):
    """How a storage is opened, and how it hears of others."""

    @pytest.fixture
    async def open_storage(self, house: House) -> AsyncIterator[OpenStorage]:
        opened: list[PostgreSQLStorage] = []

        async def open_another() -> PostgreSQLStorage:
            opened.append(PostgreSQLStorage(house.uri, statement_seconds=2))
            await opened[-1].open()
            return opened[-1]

        yield open_another
        for storage in opened:
            await storage.close()
        await house.restore()

    async def heard(self, storage: Storage) -> list[Notice]:
        assert isinstance(storage, PostgreSQLStorage)
        await storage.catch_up()
        return list(storage.notices())


class TestPostgreSQL(OnPostgreSQL, StorageConformance):
    """The newest version, and nothing in the database but what we made."""
