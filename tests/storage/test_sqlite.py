from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parsonage.storage.conformance import OpenStorage, StorageConformance
from parsonage.storage.sqlite import SQLiteStorage


@pytest.fixture
async def open_storage(tmp_path: Path) -> AsyncIterator[OpenStorage]:
    opened: list[SQLiteStorage] = []

    async def open_another() -> SQLiteStorage:
        opened.append(SQLiteStorage(tmp_path / "house.db"))
        await opened[-1].open()
        return opened[-1]

    yield open_another
    for storage in opened:
        await storage.close()


class TestSQLite(StorageConformance):
    @pytest.fixture
    async def open_storage(self, open_storage: OpenStorage) -> OpenStorage:
        return open_storage
