"""Conformance: a whole database read in pages, and filled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest

from parsonage.schema.changes import CreateClass
from parsonage.storage.bulk import BulkStorage
from parsonage.storage.conformance.cast import NOTE
from parsonage.storage.interface import StorageUnavailable

OpenBulk: TypeAlias = Callable[..., Awaitable[BulkStorage]]

WRITTEN = {"createdAt": "2026-01-02T03:04:05.678Z", "updatedAt": "2026-02-03T04:05:06.789Z"}

FULL: dict[str, Any] = {
    **WRITTEN,
    "objectId": "n1",
    "text": "Grüße",
    "stars": 1.5,
    "done": False,
    "at": {"__type": "Date", "iso": "1969-12-31T23:59:59.999Z"},
    "more": {"deep": {"b": [1, {"__type": "Bytes", "base64": "YQ=="}]}, "nothing": None},
    "tags": [1, "a", True, None],
    "place": {"__type": "GeoPoint", "latitude": 1.5, "longitude": -2},
    "area": {"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1], [0, 0]]},
    "raw": {"__type": "Bytes", "base64": "YWJj"},
    "picture": {"__type": "File", "name": "a.png"},
    "author": {"__type": "Pointer", "className": "_User", "objectId": "ada"},
    "ACL": {"*": {"read": True}, "role:Editors": {"write": True}},
}
LIKES = {"likes": {"__type": "Relation", "className": "_User"}}
"""What an answer carries of a relation, whatever it holds."""


class BulkConformance:
    """A database filled and read by one connection.

    Override ``open_bulk``: it is called with ``reading=False`` to fill a database that is empty at first, and
    with ``reading=True`` to read the same one.
    """

    @pytest.fixture
    async def open_bulk(self) -> OpenBulk:
        """Open the database once more."""
        raise NotImplementedError("say how your engine's bulk storage is opened, by overriding this fixture")

    @pytest.fixture
    async def filling(self, open_bulk: OpenBulk) -> BulkStorage:
        """A database with the class ``Note``, open to be filled."""
        filling = await open_bulk(reading=False)
        await filling.leave_note("begun")
        await filling.change_schema([CreateClass(NOTE)])
        return filling

    async def test_an_object_comes_back_as_it_was_loaded(self, filling: BulkStorage) -> None:
        schema = (await filling.schemas())["Note"]

        await filling.load(schema, [FULL, {"objectId": "n2", **WRITTEN}], "half")

        assert await filling.scan(schema, None, 10) == [{**FULL, **LIKES}, {"objectId": "n2", **WRITTEN, **LIKES}]

    async def test_private_fields_go_along(self, filling: BulkStorage) -> None:
        schema = (await filling.schemas())["_User"]
        ada = {"objectId": "u1", **WRITTEN, "username": "Ada", "_hashed_password": "$2b$x", "_failed_login_count": 2}

        await filling.load(schema, [ada], "half")

        assert await filling.scan(schema, None, 10) == [ada]

    async def test_pages_go_on_from_an_id_and_meet_every_object_once(self, filling: BulkStorage) -> None:
        schema = (await filling.schemas())["Note"]
        await filling.load(schema, [{"objectId": name, **WRITTEN} for name in "bDacE"], "half")

        first = await filling.scan(schema, None, 2)
        second = await filling.scan(schema, first[-1]["objectId"], 2)
        third = await filling.scan(schema, second[-1]["objectId"], 2)

        assert sorted(made["objectId"] for made in [*first, *second, *third]) == ["D", "E", "a", "b", "c"]
        assert await filling.count(schema) == 5

    async def test_links_go_over_in_pages(self, filling: BulkStorage) -> None:
        schema = (await filling.schemas())["Note"]
        await filling.load_links(schema, "likes", [("n1", "u2"), ("n1", "u1"), ("n2", "u1")], "half")

        first = await filling.scan_links(schema, "likes", None, 2)
        rest = await filling.scan_links(schema, "likes", first[-1], 2)

        assert sorted([*first, *rest]) == [("n1", "u1"), ("n1", "u2"), ("n2", "u1")]
        assert await filling.count_links(schema, "likes") == 3

    async def test_the_note_is_stored_with_the_objects_or_not_at_all(self, filling: BulkStorage) -> None:
        schema = (await filling.schemas())["Note"]
        await filling.load(schema, [{"objectId": "n1", **WRITTEN}], "first")

        with pytest.raises(StorageUnavailable):
            await filling.load(schema, [{"objectId": "n2", **WRITTEN}, {"objectId": "n1", **WRITTEN}], "second")

        assert await filling.note() == "first"
        assert await filling.count(schema) == 1

    async def test_a_note_that_was_taken_away_is_gone(self, filling: BulkStorage) -> None:
        await filling.leave_note(None)

        assert await filling.note() is None

    async def test_a_reading_one_can_not_write(self, filling: BulkStorage, open_bulk: OpenBulk) -> None:
        reading = await open_bulk(reading=True)
        schema = (await reading.schemas())["Note"]

        with pytest.raises(StorageUnavailable):
            await reading.load(schema, [{"objectId": "n1", **WRITTEN}], "never")

    async def test_a_reading_one_sees_what_was_there_when_it_was_opened(
        self, filling: BulkStorage, open_bulk: OpenBulk
    ) -> None:
        schema = (await filling.schemas())["Note"]
        await filling.load(schema, [{"objectId": "n1", **WRITTEN}], "first")
        reading = await open_bulk(reading=True)
        seen = (await reading.schemas())["Note"]

        await filling.load(schema, [{"objectId": "n2", **WRITTEN}], "second")

        assert await reading.count(seen) == 1

    async def test_a_survey_tells_rows_fields_and_nothing_wrong(self, filling: BulkStorage) -> None:
        schema = (await filling.schemas())["Note"]
        await filling.load(schema, [FULL], "half")

        [note] = [found for found in await filling.survey() if found.name == "Note"]

        assert (note.rows, note.problems) == (1, ())
        assert note.document["fields"]["author"] == {"type": "Pointer", "targetClass": "_User"}
