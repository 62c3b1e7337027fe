"""Both engines hold to what a bulk storage promises; what each of them does otherwise."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from parsonage.storage.bulk import BulkStorage, HoldsNothing
from parsonage.storage.conformance.bulk import BulkConformance, OpenBulk
from parsonage.storage.postgresql.bulk import PostgreSQLBulk
from parsonage.storage.sqlite.bulk import SQLiteBulk


class TestSQLite(BulkConformance):
    @pytest.fixture
    async def open_bulk(self, tmp_path: Path) -> AsyncIterator[OpenBulk]:
        opened: list[BulkStorage] = []

        async def open_another(*, reading: bool) -> BulkStorage:
            opened.append(SQLiteBulk(tmp_path / "house.db", reading=reading))
            await opened[-1].open()
            return opened[-1]

        yield open_another
        for storage in opened:
            await storage.close()

    async def test_a_file_that_is_not_there_is_not_made_by_reading_it(self, tmp_path: Path) -> None:
        with pytest.raises(HoldsNothing, match=r"there is no file .*none\.db"):
            await SQLiteBulk(tmp_path / "none.db", reading=True).open()

        assert os.listdir(tmp_path) == []


class TestPostgreSQL(BulkConformance):
    @pytest.fixture
    async def open_bulk(self, empty_database: str) -> AsyncIterator[OpenBulk]:
        opened: list[BulkStorage] = []

        async def open_another(*, reading: bool) -> BulkStorage:
            opened.append(PostgreSQLBulk(empty_database, reading=reading))
            await opened[-1].open()
            return opened[-1]

        yield open_another
        for storage in opened:
            await storage.close()

    @pytest.fixture
    async def psql(self, empty_database: str) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(empty_database)
        yield connection
        await connection.close()

    async def test_an_empty_database_is_told_when_it_is_read(self, empty_database: str) -> None:
        bulk = PostgreSQLBulk(empty_database, reading=True)

        with pytest.raises(HoldsNothing, match="has no table _SCHEMA"):
            await bulk.open()

        await bulk.close()

    async def test_once_the_note_is_gone_nothing_of_ours_is_left(self, filling: BulkStorage, psql: Any) -> None:
        await filling.leave_note(None)

        assert await psql.fetch("SELECT FROM pg_class WHERE relname LIKE '%Parsonage%'") == []

    async def test_a_table_that_an_older_server_made_is_read_without_the_columns_it_lacks(
        self, filling: BulkStorage, psql: Any, open_bulk: OpenBulk
    ) -> None:
        await psql.execute('ALTER TABLE "_User" DROP COLUMN "_password_history"; DROP TABLE "_GraphQLConfig"')
        await psql.execute("""INSERT INTO "_User" ("objectId", "username") VALUES ('u1', 'ada')""")

        reading = await open_bulk(reading=True)
        schemas = await reading.schemas()

        assert await reading.scan(schemas["_User"], None, 10) == [{"objectId": "u1", "username": "ada"}]
        assert "_GraphQLConfig" not in schemas

    async def test_a_survey_names_what_can_not_be_used(
        self, filling: BulkStorage, psql: Any, open_bulk: OpenBulk
    ) -> None:
        await psql.execute(
            'ALTER TABLE "Note" DROP COLUMN "text"; ALTER TABLE "Note" ALTER "stars" TYPE text;'
            ' DROP TABLE "_Join:likes:Note"'
        )

        [note] = [found for found in await (await open_bulk(reading=True)).survey() if found.name == "Note"]

        assert set(note.problems) == {
            "the field text has no column",
            "the column of stars has the type text; a Number is double precision",
            "the relation likes has no table",
        }
