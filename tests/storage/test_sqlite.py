from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import ConnectionFailed
from parsonage.protocol.values import GeoPoint
from parsonage.query.model import (
    ALWAYS,
    And,
    Compare,
    Comparison,
    Condition,
    Equals,
    HasId,
    Holds,
    Matches,
    Present,
    Query,
    ReadableBy,
    Sort,
    WithinBox,
)
from parsonage.query.places import Box
from parsonage.schema.builtin import new_class
from parsonage.schema.changes import AddFields, CreateClass, SetIndexes
from parsonage.schema.model import NUMBER
from parsonage.storage.changes import Notice, NoticeKind, Unit, Written
from parsonage.storage.conformance import Notes, OpenStorage, StorageConformance
from parsonage.storage.conformance.cast import NOTE
from parsonage.storage.interface import StorageUnavailable
from parsonage.storage.sqlite import SQLiteStorage, places
from parsonage.storage.sqlite.find import SAMPLE
from parsonage.storage.sqlite.notices import sweep


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


@pytest.fixture
async def notes(open_storage: OpenStorage) -> Notes:
    storage = await open_storage()
    await storage.change_schema([CreateClass(NOTE), SetIndexes("Note", {"by_stars": {"stars": 1}})])
    return Notes(storage, (await storage.load_schemas())["Note"])


@pytest.fixture(params=[0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The rights on each file."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


class TestOpening:
    @pytest.mark.usefixtures("umask")
    async def test_a_new_file_is_its_owner_s_alone(self, tmp_path: Path, open_storage: OpenStorage) -> None:
        await open_storage()

        assert modes(tmp_path) == {"house.db": 0o600, "house.db-wal": 0o600, "house.db-shm": 0o600}

    async def test_a_file_that_is_there_keeps_its_mode(self, tmp_path: Path, open_storage: OpenStorage) -> None:
        (tmp_path / "house.db").touch()
        (tmp_path / "house.db").chmod(0o640)

        await open_storage()

        assert modes(tmp_path) == {"house.db": 0o640, "house.db-wal": 0o640, "house.db-shm": 0o640}

    async def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "missing" / "house.db"

        with pytest.raises(StorageUnavailable, match=f"{path} can't be opened: there is no folder"):
            await SQLiteStorage(path).open()

    async def test_a_path_that_can_not_be_a_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(StorageUnavailable, match=str(tmp_path)):
            await SQLiteStorage(tmp_path).open()

    async def test_a_folder_that_can_not_be_written_is_named(self) -> None:
        folder = Path("/proc")  # not even root makes a file there

        with pytest.raises(StorageUnavailable, match=str(folder)):
            await SQLiteStorage(folder / "house.db").open()

    async def test_a_file_that_is_no_database_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("milk, eggs, bread\n" * 100)

        with pytest.raises(StorageUnavailable, match=f"{path} is not an SQLite database"):
            await SQLiteStorage(path).open()

    async def test_a_file_of_the_first_layout_gets_its_index_of_places(
        self, tmp_path: Path, open_storage: OpenStorage
    ) -> None:
        storage = await open_storage()
        await storage.change_schema([CreateClass(NOTE)])
        await Notes(storage, NOTE).insert("here", {"place": GeoPoint(1, 1)})
        await storage.close()
        with closing(apsw.Connection(str(tmp_path / "house.db"))) as connection:
            places.drop_index(connection, "Note", "place")
            places.drop_index(connection, "Note", "area")
            connection.execute("UPDATE \"_Meta\" SET value = '1' WHERE key = 'layout'")

        notes = Notes(await open_storage(), NOTE)
        await notes.insert("there", {"place": GeoPoint(1.5, 1.5)})

        assert await notes.matching(WithinBox("place", Box(0, 0, 2, 2))) == {"here", "there"}

    async def test_a_file_of_a_newer_layout_is_left_alone(self, tmp_path: Path, open_storage: OpenStorage) -> None:
        await (await open_storage()).close()
        with closing(apsw.Connection(str(tmp_path / "house.db"))) as connection:
            connection.execute("UPDATE \"_Meta\" SET value = '99' WHERE key = 'layout'")

        with pytest.raises(StorageUnavailable, match="layout 99, made by a newer Parsonage"):
            await open_storage()

    async def test_a_library_without_a_needed_part_is_refused_by_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(apsw, "compile_options", ("ENABLE_RTREE", "ENABLE_MATH_FUNCTIONS"))

        with pytest.raises(StorageUnavailable, match="without ENABLE_FTS5"):
            await SQLiteStorage(tmp_path / "house.db").open()

    async def test_the_description_names_the_file(self) -> None:
        assert SQLiteStorage("guestbook.db").description == "SQLite ./guestbook.db"

    async def test_several_may_open_an_empty_file_at_once(self, tmp_path: Path) -> None:
        storages = [SQLiteStorage(tmp_path / "house.db") for _ in range(4)]

        await asyncio.gather(*(storage.open() for storage in storages))

        assert [len(await storage.load_schemas()) for storage in storages] == [10] * 4
        await asyncio.gather(*(storage.close() for storage in storages))


class TestTheCatalogue:
    async def test_a_class_that_stays_as_it_was_is_not_read_anew(self, open_storage: OpenStorage) -> None:
        storage = await open_storage()
        await storage.change_schema([CreateClass(NOTE), CreateClass(new_class("Other"))])
        before = await storage.load_schemas()

        await storage.change_schema([AddFields("Note", {"new": NUMBER})])
        after = await storage.load_schemas()

        assert after["Other"] is before["Other"]
        assert set(after["Note"].fields) - set(before["Note"].fields) == {"new"}

    async def test_another_process_reads_what_this_one_changed(self, open_storage: OpenStorage) -> None:
        here, there = await open_storage(), await open_storage()
        await here.change_schema([CreateClass(NOTE)])
        await there.load_schemas()

        await here.change_schema([AddFields("Note", {"new": NUMBER})])

        assert (await there.load_schemas())["Note"].fields["new"] == NUMBER


class TestPlans:
    async def plan(self, notes: Notes, where: Condition, *order: Sort, limit: int | None = None) -> str:
        return "\n".join((await notes.storage.explain(notes.schema, Query("Note", where, order, 0, limit)))[1:])

    async def test_an_object_is_got_by_its_id(self, notes: Notes) -> None:
        plan = await self.plan(notes, And((HasId(("n1",)), ReadableBy(frozenset({"*", "u1"})))))

        assert "(objectId=?)" in plan

    async def test_an_index_that_was_asked_for_serves_condition_and_order(self, notes: Notes) -> None:
        readable = ReadableBy(frozenset({"*", "u1", "role:r"}))
        plan = await self.plan(notes, And((Compare("stars", Comparison.LESS, 3), readable)), Sort("stars"), limit=20)

        assert "Note.index_by_stars (stars<?)" in plan
        assert "TEMP B-TREE" not in plan

    @pytest.mark.parametrize(
        "sort", [Sort("stars"), Sort("stars", descending=True), Sort("createdAt", descending=True)]
    )
    async def test_an_order_is_walked_along_its_index(self, notes: Notes, sort: Sort) -> None:
        plan = await self.plan(notes, ReadableBy(frozenset({"*"})), sort, limit=20)

        assert "USING INDEX" in plan
        assert "TEMP B-TREE" not in plan

    async def test_text_that_begins_so_is_a_range_of_the_index(self, notes: Notes) -> None:
        await notes.storage.change_schema([SetIndexes("Note", {"by_text": {"text": 1}})])

        plan = await self.plan(notes, Matches("text", "^\\QAl\\E"))

        assert "Note.index_by_text (text>? AND text<?)" in plan

    async def test_a_user_is_looked_up_by_sign_in_without_reading_all(self, notes: Notes) -> None:
        users = (await notes.storage.load_schemas())["_User"]

        plan = "\n".join(await notes.storage.explain(users, Query("_User", Equals("authData.fb.id", "1"))))

        assert "SEARCH o USING INDEX sqlite_autoindex__User_1 (objectId=?)" in plan

    async def test_who_sees_little_is_served_by_the_index_of_acls(self, notes: Notes) -> None:
        await notes.storage.write(
            [Unit((notes.insertion(f"n{number}", acl=ACL.only(f"u{number}")),)) for number in range(SAMPLE)]
        )

        plan = await self.plan(notes, ReadableBy(frozenset({"*", "u1"})), Sort("createdAt"), limit=20)

        assert "Note._acl (_acl=?)" in plan


class TestTheBudgetOnTheLoop:
    async def test_a_long_read_moves_to_a_thread_and_is_answered(self, tmp_path: Path, notes: Notes) -> None:
        await notes.storage.write(
            [Unit((notes.insertion(f"n{number}", {"tags": [number]}),)) for number in range(3000)]
        )
        hasty = SQLiteStorage(tmp_path / "house.db", loop_seconds=0)
        await hasty.open()

        found = await Notes(hasty, notes.schema).count(Holds("tags", (7,)))

        assert found == 1
        assert len(hasty._readers._slow) == 1
        await hasty.close()

    async def test_a_read_past_the_time_limit_is_ended(self, tmp_path: Path, notes: Notes) -> None:
        await notes.storage.write(
            [Unit((notes.insertion(f"n{number}", {"tags": [number]}),)) for number in range(3000)]
        )
        strict = SQLiteStorage(tmp_path / "house.db", loop_seconds=0, longest_seconds=0)
        await strict.open()

        with pytest.raises(ConnectionFailed, match="longer than 0 seconds"):
            await Notes(strict, notes.schema).count(Holds("tags", (7,)))
        await strict.close()

    async def test_a_backtracking_expression_never_runs_on_the_loop(self, tmp_path: Path, notes: Notes) -> None:
        await notes.insert("n1", {"text": "ab"})
        patient = SQLiteStorage(tmp_path / "house.db")
        await patient.open()

        found = await Notes(patient, notes.schema).matching(Matches("text", "(?=a)ab"))

        assert found == {"n1"}
        assert len(patient._readers._opened) == 1
        await patient.close()

    async def test_asking_for_notices_is_under_no_deadline(self, tmp_path: Path, notes: Notes) -> None:
        hasty = SQLiteStorage(tmp_path / "house.db", loop_seconds=0)
        await hasty.open()
        await Notes(hasty, notes.schema).matching(ALWAYS)

        heard = [hasty.notices() for _ in range(5000)]

        assert heard == [()] * 5000
        await hasty.close()


class TestWriting:
    async def test_every_commit_waits_for_the_disk_if_asked_to(self, tmp_path: Path) -> None:
        careful = SQLiteStorage(tmp_path / "house.db", full_durability=True)
        await careful.open()
        users = Notes(careful, (await careful.load_schemas())["_User"])

        outcome = await users.insert("u1", {"username": "ada"})

        assert outcome == Written(({},))
        assert careful._writing.pragma("synchronous") == 2
        await careful.close()

    async def test_a_file_that_another_process_keeps_locked_is_an_answer(
        self, tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("parsonage.storage.sqlite.storage._BUSY_MILLISECONDS", 10)
        hasty = SQLiteStorage(tmp_path / "house.db")
        await hasty.open()
        with closing(apsw.Connection(str(tmp_path / "house.db"))) as other:
            other.execute("BEGIN IMMEDIATE")

            with pytest.raises(ConnectionFailed, match="busy"):
                await Notes(hasty, notes.schema).insert("n1")

            other.execute("ROLLBACK")
        assert await Notes(hasty, notes.schema).insert("n1") == Written(({},))
        await hasty.close()

    async def test_a_write_waits_for_another_process_to_finish(self, tmp_path: Path, notes: Notes) -> None:
        with closing(apsw.Connection(str(tmp_path / "house.db"))) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(notes.insert("n1"))
            await asyncio.to_thread(lambda: None)

            other.execute("COMMIT")

            assert await waiting == Written(({},))

    async def test_large_groups_small_ones_and_schema_changes_keep_their_order(self, notes: Notes) -> None:
        many = [Unit((notes.insertion(f"n{number}"),)) for number in range(500)]

        outcomes = await asyncio.gather(
            notes.storage.write(many),
            notes.patch("n7", {"stars": op.Set(1)}),
            notes.storage.change_schema([AddFields("Note", {"fresh": NUMBER})]),
            notes.patch("n7", {"stars": op.Increment(1)}),
            notes.storage.purge(notes.schema),
            notes.insert("n7"),
        )

        assert outcomes[-1] == Written(({},))
        assert await notes.matching(ALWAYS) == {"n7"}

    async def test_a_caller_that_gives_up_leaves_its_write_to_be_done(self, notes: Notes) -> None:
        write = asyncio.create_task(notes.insert("n1"))
        await asyncio.sleep(0)

        write.cancel()

        await asyncio.wait([write])
        assert await notes.insert("n2") == Written(({},))
        assert await notes.matching(ALWAYS) == {"n1", "n2"}

    async def test_closing_finishes_what_was_begun(self, open_storage: OpenStorage, notes: Notes) -> None:
        writes = asyncio.gather(*(notes.insert(f"n{number}") for number in range(200)))
        await asyncio.sleep(0)

        await notes.storage.close()

        await writes
        assert await Notes(await open_storage(), notes.schema).count() == 200

    async def test_the_log_is_brought_into_the_file_as_it_grows(self, tmp_path: Path, notes: Notes) -> None:
        large = {"text": "x" * 20_000}

        await asyncio.gather(*(notes.insert(f"n{number}", large) for number in range(1500)))
        await asyncio.gather(*(notes.insert(f"m{number}", large) for number in range(10)))

        assert (tmp_path / "house.db").stat().st_size > 1000 * 4096

    async def test_a_process_that_is_killed_leaves_whole_units(self, tmp_path: Path, notes: Notes) -> None:
        await notes.insert("n1", {"stars": 0})
        writer = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _WRITE_FOR_EVER, str(tmp_path / "house.db"), stdout=asyncio.subprocess.PIPE
        )
        assert writer.stdout is not None
        answered = [int(await writer.stdout.readline()) for _ in range(20)][-1]

        writer.kill()

        await writer.communicate()
        stored = await notes.get("n1")
        assert stored is not None
        assert stored["stars"] >= answered
        assert await notes.count(Present("text")) == stored["stars"]


_WRITE_FOR_EVER = """
import asyncio, sys
from parsonage.protocol import field_operations as op
from parsonage.storage.conformance import Notes
from parsonage.storage.sqlite import SQLiteStorage

async def main():
    storage = SQLiteStorage(sys.argv[1])
    await storage.open()
    notes = Notes(storage, (await storage.load_schemas())["Note"])
    number = 0
    while True:
        number += 1
        await notes.write(
            notes.patching("n1", {"stars": op.Increment(1)}), notes.insertion(f"k{number}", {"text": "x"})
        )
        print(number, flush=True)

asyncio.run(main())
"""


class TestNotices:
    async def test_old_events_are_swept_and_who_missed_them_hears_of_everything(
        self, tmp_path: Path, open_storage: OpenStorage, notes: Notes
    ) -> None:
        sleeper = await open_storage()
        await notes.storage.write([Unit((), (Notice(NoticeKind.ROLES), Notice(NoticeKind.USER, "u1")))])
        with closing(apsw.Connection(str(tmp_path / "house.db"))) as connection:
            connection.execute('UPDATE "_Events" SET at = 0')
            sweep(connection)

        heard = sleeper.notices()

        assert list(heard) == [Notice(kind) for kind in NoticeKind]
        assert list(sleeper.notices()) == []
