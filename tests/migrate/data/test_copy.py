"""An app goes from one database to another, whole, or the copy says what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from parsonage.migrate.data.copy import CopyRefused, copy, plan
from parsonage.migrate.data.locate import bulk_at
from parsonage.schema.builtin import new_class
from parsonage.schema.changes import CreateClass, SetIndexes, SetPermissions
from parsonage.schema.class_permissions import CLOSED
from parsonage.schema.model import STRING, Field, FieldType
from parsonage.storage.bulk import BulkStorage
from parsonage.storage.conformance.bulk import FULL, LIKES, WRITTEN
from parsonage.storage.conformance.cast import NOTE
from tests.machinery.postgresql import PostgreSQL, postgresql

ADA = {"objectId": "u1", **WRITTEN, "username": "Ada", "_hashed_password": "$2y$10$x", "authData": {"g": {"id": "1"}}}
CONFIG = {"objectId": "1", "params": {"greeting": "hi"}, "masterKeyOnly": {"greeting": False}}
HOOK = {"objectId": "sum", "functionName": "sum", "url": "https://example.org/sum"}
WITH_OPTIONS = {"title": Field(FieldType.STRING, required=True, default="untitled", options_given=True), "text": STRING}

Open = Callable[..., Awaitable[BulkStorage]]


class Watcher:
    """Remembers what it was told; may break off the copy as a killed process would."""

    def __init__(self, *, break_off_at: str | None = None) -> None:
        self.begun: list[tuple[str, str, int, int]] = []
        self._break_off_at = break_off_at

    def begin(self, doing: str, part: str, total: int, already: int) -> None:
        self.begun.append((doing, part, total, already))

    def advance(self, number: int) -> None:
        if self._break_off_at == self.begun[-1][1]:
            raise KeyboardInterrupt

    def end(self) -> None:
        pass


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    storages: list[BulkStorage] = []

    async def open_one(location: object, *, reading: bool = False) -> BulkStorage:
        storages.append(bulk_at(str(location), reading=reading))
        await storages[-1].open()
        return storages[-1]

    yield open_one
    for storage in storages:
        await storage.close()


@pytest.fixture
async def old(tmp_path: Path, opened: Open) -> Path:
    """A database with an app that has something of everything."""
    storage = await opened(tmp_path / "old.db")
    await storage.leave_note("being made")
    await storage.change_schema(
        [
            CreateClass(NOTE),
            CreateClass(new_class("Book").with_fields(WITH_OPTIONS)),
            SetPermissions("Book", CLOSED),
            SetIndexes("Book", {"by_title": {"title": -1}}),
        ]
    )
    schemas = await storage.schemas()
    for name, objects in {
        "Note": [FULL, {"objectId": "n2", **WRITTEN}],
        "_User": [ADA],
        "_GlobalConfig": [CONFIG],
        "_Hooks": [HOOK],
        "_Idempotency": [{"objectId": "i1", **WRITTEN, "reqId": "r"}],
    }.items():
        await storage.load(schemas[name], objects, "being made")
    await storage.load_links(schemas["Note"], "likes", [("n1", "u1"), ("n2", "u1")], "being made")
    await storage.leave_note(None)
    return tmp_path / "old.db"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


async def everything(storage: BulkStorage, name: str) -> list[dict[str, Any]]:
    return await storage.scan((await storage.schemas())[name], None, 100)


class TestACopy:
    async def test_brings_objects_with_private_fields_links_hooks_and_configuration(
        self, old: Path, tmp_path: Path, opened: Open
    ) -> None:
        target = await opened(tmp_path / "new.db")

        copied = await copy(await opened(old, reading=True), target, Watcher())

        assert await everything(target, "Note") == [{**FULL, **LIKES}, {"objectId": "n2", **WRITTEN, **LIKES}]
        assert await everything(target, "_User") == [ADA]
        assert (await everything(target, "_GlobalConfig"))[0]["params"] == {"greeting": "hi"}
        assert (await everything(target, "_Hooks"))[0]["url"] == "https://example.org/sum"
        assert copied.numbers["Note.likes"] == 2
        assert await target.note() is None

    async def test_brings_classes_with_options_permissions_and_indexes(
        self, old: Path, tmp_path: Path, opened: Open
    ) -> None:
        source, target = await opened(old, reading=True), await opened(tmp_path / "new.db")

        await copy(source, target, Watcher())

        assert (await target.schemas())["Book"] == (await source.schemas())["Book"]

    async def test_to_postgresql_and_back_changes_nothing(
        self, old: Path, tmp_path: Path, opened: Open, server: PostgreSQL
    ) -> None:
        database = server.create_database("moved")
        source, back = await opened(old, reading=True), await opened(tmp_path / "back.db")

        await copy(source, await opened(database), Watcher())
        await copy(await opened(database, reading=True), back, Watcher())

        assert await everything(back, "Note") == await everything(source, "Note")
        assert await everything(back, "_User") == await everything(source, "_User")
        ours, theirs = (await back.schemas())["Book"], (await source.schemas())["Book"]
        assert (ours.fields, ours.permissions, ours.indexes) == (theirs.fields, theirs.permissions, theirs.indexes)

    async def test_leaves_out_what_is_of_no_use_after_some_minutes(
        self, old: Path, tmp_path: Path, opened: Open
    ) -> None:
        source, target = await opened(old, reading=True), await opened(tmp_path / "new.db")

        await copy(source, target, Watcher())

        assert await everything(target, "_Idempotency") == []
        assert "_Idempotency" not in await plan(source)


class TestAnUnfinishedCopy:
    @pytest.fixture
    async def half(self, old: Path, tmp_path: Path, opened: Open) -> Path:
        """A target whose copy was broken off after the first page of notes."""
        target = await opened(tmp_path / "half.db")
        with pytest.raises(KeyboardInterrupt):
            await copy(await opened(old, reading=True), target, Watcher(break_off_at="Note"))
        return tmp_path / "half.db"

    async def test_is_gone_on_with_where_it_was(self, old: Path, half: Path, opened: Open) -> None:
        watcher, target = Watcher(), await opened(half)

        copied = await copy(await opened(old, reading=True), target, watcher)

        assert copied.resumed
        assert ("copy", "Note", 2, 2) in watcher.begun
        assert [done for done in watcher.begun if done[:2] == ("copy", "_User")] == []
        assert len(await everything(target, "Note")) == 2

    async def test_of_another_source_is_refused(self, half: Path, tmp_path: Path, opened: Open) -> None:
        await opened(tmp_path / "other.db")

        with pytest.raises(CopyRefused, match=r"holds an unfinished copy of SQLite .*old\.db"):
            await copy(await opened(tmp_path / "other.db", reading=True), await opened(half), Watcher())


class TestARefusal:
    async def test_a_target_that_holds_an_app_is_left_alone(self, old: Path, tmp_path: Path, opened: Open) -> None:
        target = await opened(tmp_path / "full.db")
        await target.change_schema([CreateClass(NOTE)])

        with pytest.raises(CopyRefused, match=r"full\.db is not empty, it holds Note"):
            await copy(await opened(old, reading=True), target, Watcher())

    async def test_a_target_with_a_user_is_left_alone(self, old: Path, tmp_path: Path, opened: Open) -> None:
        target = await opened(tmp_path / "full.db")
        await target.load((await target.schemas())["_User"], [ADA], "")
        await target.leave_note(None)

        with pytest.raises(CopyRefused, match="it holds _User"):
            await copy(await opened(old, reading=True), target, Watcher())

    async def test_a_difference_is_told_with_the_first_object_and_its_field(
        self, old: Path, tmp_path: Path, opened: Open
    ) -> None:
        half = tmp_path / "half.db"
        with pytest.raises(KeyboardInterrupt):
            await copy(await opened(old, reading=True), await opened(half), Watcher(break_off_at="Note.likes"))
        apsw.Connection(str(half)).execute("""UPDATE "Note" SET "stars" = 2 WHERE "objectId" = 'n1'""")

        with pytest.raises(CopyRefused, match=r"Note is not the same on both sides .*: n1 differs in stars"):
            await copy(await opened(old, reading=True), await opened(half), Watcher())

    async def test_an_object_that_is_missing_is_told(self, old: Path, tmp_path: Path, opened: Open) -> None:
        half = tmp_path / "half.db"
        with pytest.raises(KeyboardInterrupt):
            await copy(await opened(old, reading=True), await opened(half), Watcher(break_off_at="Note.likes"))
        apsw.Connection(str(half)).execute("""DELETE FROM "Note" WHERE "objectId" = 'n2'""")

        with pytest.raises(CopyRefused, match=r"2 in the source, 1 in the target\): n2 did not arrive"):
            await copy(await opened(old, reading=True), await opened(half), Watcher())

    async def test_what_an_engine_can_not_hold_is_told_with_its_place(
        self, server: PostgreSQL, opened: Open, tmp_path: Path
    ) -> None:
        storage = await opened(tmp_path / "nul.db")
        await storage.change_schema([CreateClass(NOTE)])
        await storage.load((await storage.schemas())["Note"], [{**FULL, "text": "a\0b"}], "")
        await storage.leave_note(None)
        empty = await opened(server.create_database("strict"))

        with pytest.raises(CopyRefused, match="Note, somewhere from n1 to n1: PostgreSQL"):
            await copy(await opened(tmp_path / "nul.db", reading=True), empty, Watcher())
