from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg
import orjson
import pytest

from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import ConnectionFailed, IncorrectType, InvalidClassName, InvalidKeyName
from parsonage.protocol.values import from_milliseconds
from parsonage.query.model import ALWAYS, And, Compare, Comparison, Equals, Query, ReadableBy, Sort
from parsonage.schema.builtin import new_class
from parsonage.schema.changes import AddFields, CreateClass, SetIndexes
from parsonage.schema.model import NUMBER, relation_to
from parsonage.storage.changes import Failed, Notice, NoticeKind, Unit, Written
from parsonage.storage.conformance import Notes, OpenStorage
from parsonage.storage.conformance.cast import BORN, NOTE
from parsonage.storage.conformance.queries import FULL
from parsonage.storage.interface import StorageUnavailable
from parsonage.storage.postgresql import PostgreSQLStorage
from tests.machinery.postgresql import PostgreSQL


@pytest.fixture
def uri(new_house: Callable[[], str]) -> str:
    return new_house()


Opened: TypeAlias = Callable[..., Awaitable[PostgreSQLStorage]]


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """Opens a storage, which is closed when the test ends, however it ends."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_one(uri: str, **limits: Any) -> PostgreSQLStorage:
            storage = PostgreSQLStorage(uri, **limits)
            stack.push_async_callback(storage.close)
            await storage.open()
            return storage

        yield open_one


@pytest.fixture
def open_storage(uri: str, opened: Opened) -> OpenStorage:
    return lambda: opened(uri, statement_seconds=2)


@pytest.fixture
async def notes(open_storage: OpenStorage) -> Notes:
    storage = await open_storage()
    await storage.change_schema([CreateClass(NOTE), SetIndexes("Note", {"by_stars": {"stars": 1}})])
    return Notes(storage, (await storage.load_schemas())["Note"])


@pytest.fixture
async def psql(uri: str) -> AsyncIterator[Any]:
    """A connection of somebody else: Parse Server, or an operator."""
    connection = await asyncpg.connect(uri)
    yield connection
    await connection.close()


@pytest.fixture
async def another_psql(uri: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(uri)
    yield connection
    await connection.close()


async def end_all_others(psql: Any) -> None:
    await psql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


class TestOpening:
    async def test_an_empty_database_gets_what_parse_server_makes(self, empty_database: str, opened: Opened) -> None:
        storage = await opened(empty_database)

        schemas = await storage.load_schemas()

        assert {"_User", "_Role"} < set(schemas)

    async def test_several_may_open_an_empty_database_at_once(self, empty_database: str, opened: Opened) -> None:
        storages = await asyncio.gather(*(opened(empty_database) for _ in range(3)))

        assert [len(await storage.load_schemas()) for storage in storages] == [10] * 3

    async def test_without_prepared_statements_it_works_and_says_so(self, uri: str, opened: Opened) -> None:
        storage = await opened(f"{uri}?prepared=false")
        await storage.change_schema([CreateClass(NOTE)])
        notes = Notes(storage, (await storage.load_schemas())["Note"])

        await notes.insert("n1", {"stars": 1, "tags": ["a"]})
        await notes.patch("n1", {"tags": op.Add(["b"])})

        assert await notes.matching(Equals("tags", "b")) == {"n1"}
        assert storage.description.endswith("(without prepared statements)")

    async def test_a_database_that_does_not_exist_is_named(self, server: PostgreSQL) -> None:
        storage = PostgreSQLStorage(f"postgres://postgres@127.0.0.1:{server.port}/nowhere")

        with pytest.raises(StorageUnavailable, match=f"127.0.0.1:{server.port}/nowhere can't be used: there is no"):
            await storage.open()

    async def test_a_server_that_is_not_there_is_named(self) -> None:
        with pytest.raises(StorageUnavailable, match=r"PostgreSQL at 127\.0\.0\.1:1/house can't be reached"):
            await PostgreSQLStorage("postgres://ada:secret@127.0.0.1:1/house").open()

    @pytest.mark.parametrize("uri", ["postgres://h:many/house", "postgres://h/house?poolSize=x"])
    def test_a_uri_that_can_not_be_read_is_refused(self, uri: str) -> None:
        with pytest.raises(StorageUnavailable, match="the PostgreSQL URI can't be read"):
            PostgreSQLStorage(uri)

    def test_the_description_keeps_the_password(self) -> None:
        assert PostgreSQLStorage("postgres://ada:secret@host/house").description == "PostgreSQL host:5432/house"


class TestLayout:
    """Rules: reference/storage-postgres.md, sections 1 to 5."""

    async def test_columns_have_the_types_that_parse_server_gives_them(self, notes: Notes, psql: Any) -> None:
        rows = await psql.fetch(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
            " WHERE attrelid = '\"Note\"'::regclass AND attnum > 0 ORDER BY attname"
        )

        assert [tuple(row) for row in rows] == [
            ("_rperm", "text[]", False),
            ("_wperm", "text[]", False),
            ("area", "polygon", False),
            ("at", "timestamp with time zone", False),
            ("author", "text", False),
            ("createdAt", "timestamp with time zone", False),
            ("done", "boolean", False),
            ("more", "jsonb", False),
            ("objectId", "text", True),
            ("picture", "text", False),
            ("place", "point", False),
            ("raw", "jsonb", False),
            ("stars", "double precision", False),
            ("tags", "jsonb", False),
            ("text", "text", False),
            ("updatedAt", "timestamp with time zone", False),
        ]

    async def test_values_stand_in_their_columns_as_parse_server_writes_them(self, notes: Notes, psql: Any) -> None:
        values = {**FULL, "at": from_milliseconds(BORN), "more": None}

        await notes.insert("n1", values, acl=ACL.public().allow("u1", write=True), links={"likes": frozenset({"u2"})})

        row = await psql.fetchrow(
            'SELECT "place"::text, "area"::text, "raw"::text, "author", "picture", "more", "_rperm", "_wperm",'
            ' extract(microseconds FROM "createdAt")::int % 1000 AS "below", "tags"::text FROM "Note"'
        )
        links = await psql.fetch('SELECT "owningId", "relatedId" FROM "_Join:likes:Note"')
        assert tuple(row)[:9] == (
            "(2,1.5)",
            "((0,0),(1,0),(1,1),(0,0))",
            '{"__type": "Bytes", "base64": "YWJj"}',
            "ada",
            "a.png",
            None,
            ["*", "u1"],
            ["u1"],
            0,
        )
        assert [tuple(link) for link in links] == [("n1", "u2")]

    async def test_the_catalogue_holds_a_class_as_parse_server_writes_it(self, notes: Notes, psql: Any) -> None:
        row = await psql.fetchrow('SELECT "schema"::text, "isParseClass" FROM "_SCHEMA" WHERE "className" = \'Note\'')

        document = orjson.loads(row[0])
        assert row[1] is True
        assert document.keys() == {"className", "fields", "indexes"}
        assert document["fields"]["_rperm"] == {"type": "Array", "contents": {"type": "String"}}
        assert document["fields"]["likes"] == {"type": "Relation", "targetClass": "_User"}
        assert "ACL" not in document["fields"]

    async def test_the_indexes_have_the_names_that_parse_server_looks_for(self, notes: Notes, psql: Any) -> None:
        names = {row[0] for row in await psql.fetch("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}

        assert names >= {
            "_User_unique_username",
            "_User_unique_email",
            "case_insensitive_username",
            "case_insensitive_email",
            "_User_unique_authData_anonymous_id",
            "_Role_unique_name",
            "_Idempotency_unique_reqId",
            "ttl",
            "by_stars",
        }

    async def test_a_class_whose_cut_name_is_taken_is_refused(self, open_storage: OpenStorage) -> None:
        """PB024."""
        storage = await open_storage()
        await storage.change_schema([CreateClass(new_class("A" * 63))])

        with pytest.raises(InvalidClassName):
            await storage.change_schema([CreateClass(new_class("A" * 64))])

    async def test_two_relations_never_share_a_table(self, open_storage: OpenStorage) -> None:
        """PB024."""
        storage = await open_storage()
        first, second = (new_class("C" * 53 + tail).with_fields({"likes": relation_to("_User")}) for tail in "ab")
        await storage.change_schema([CreateClass(first)])

        with pytest.raises(InvalidKeyName):
            await storage.change_schema([CreateClass(second)])


class TestBesideParseServer:
    async def test_what_it_added_is_read_and_written(self, notes: Notes, psql: Any) -> None:
        await psql.execute('ALTER TABLE "Note" ADD COLUMN IF NOT EXISTS "rank" double precision')
        await psql.execute(
            'UPDATE "_SCHEMA" SET "schema" = jsonb_set("schema", \'{fields,rank}\', \'{"type":"Number"}\')'
            " WHERE \"className\" = 'Note'"
        )
        await psql.execute('INSERT INTO "Note" ("objectId", "rank", "tags") VALUES (\'theirs\', 3, \'null\')')

        again = Notes(notes.storage, (await notes.storage.load_schemas())["Note"])
        await again.patch("theirs", {"rank": op.Increment(1), "tags": op.Add(["x"])})

        stored = await again.get("theirs", ["rank", "tags"])
        assert stored is not None
        assert (stored["rank"], stored["tags"]) == (4, ["x"])

    async def test_its_announcement_of_a_schema_change_is_heard(self, notes: Notes, psql: Any) -> None:
        notes.storage.notices()

        await psql.execute("""NOTIFY "schema.change", '{"senderId":"somebody"}'""")

        assert isinstance(notes.storage, PostgreSQLStorage)
        await notes.storage.catch_up()
        assert list(notes.storage.notices()) == [Notice(NoticeKind.SCHEMA)]

    async def test_pb123_our_announcement_is_exactly_of_its_form(self, notes: Notes, psql: Any) -> None:
        heard: asyncio.Queue[str] = asyncio.Queue()
        await psql.add_listener("schema.change", lambda *event: heard.put_nowait(event[3]))

        await notes.storage.change_schema([AddFields("Note", {"rank": NUMBER})])

        payload = await heard.get()
        assert re.fullmatch(r'\{"senderId":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"\}', payload)

    async def test_a_field_that_both_add_at_once_is_added_once(self, notes: Notes, psql: Any) -> None:
        theirs = psql.execute('ALTER TABLE "Note" ADD COLUMN IF NOT EXISTS "rank" double precision')

        await asyncio.gather(theirs, notes.storage.change_schema([AddFields("Note", {"rank": NUMBER})]))

        assert (await notes.storage.load_schemas())["Note"].fields["rank"] == NUMBER

    async def test_a_field_that_it_added_with_another_type_is_refused(self, notes: Notes, psql: Any) -> None:
        await psql.execute('ALTER TABLE "Note" ADD COLUMN "rank" text')

        with pytest.raises(IncorrectType):
            await notes.storage.change_schema([AddFields("Note", {"rank": NUMBER})])

    async def test_users_that_clash_already_do_not_keep_us_from_starting(
        self, uri: str, psql: Any, opened: Opened
    ) -> None:
        await psql.execute('DROP INDEX "_User_unique_username"')
        await psql.execute("INSERT INTO \"_User\" (\"objectId\", \"username\") VALUES ('a', 'x'), ('b', 'x')")

        await opened(uri)


class TestPlans:
    async def test_an_index_that_was_asked_for_serves_condition_and_order(self, notes: Notes, psql: Any) -> None:
        units = [Unit((notes.insertion(f"n{number}", {"stars": number}),)) for number in range(3000)]
        await notes.storage.write(units)
        await psql.execute('ANALYZE "Note"')
        where = And((Compare("stars", Comparison.LESS, 30), ReadableBy(frozenset({"*", "u1"}))))

        plan = await notes.storage.explain(notes.schema, Query("Note", where, (Sort("stars"),), 0, 20))

        assert "by_stars" in "\n".join(plan)
        assert "Seq Scan" not in "\n".join(plan)


class TestFaults:
    async def test_a_read_goes_through_when_every_connection_was_cut(self, notes: Notes, psql: Any) -> None:
        await notes.insert("n1", {"text": "hi"})
        await end_all_others(psql)

        stored = await notes.get("n1")

        assert stored is not None

    async def test_a_write_goes_through_when_every_connection_was_cut(self, notes: Notes, psql: Any) -> None:
        await notes.insert("n1", {"stars": 1}, links={"likes": frozenset({"u1"})})
        await end_all_others(psql)

        outcomes = [
            await notes.insert("n2"),
            await notes.patch("n1", {"likes": op.RelationChange("_User", frozenset({"u2"}))}),
        ]

        assert [type(outcome) for outcome in outcomes] == [Written, Written]

    async def test_no_answered_write_is_lost_while_connections_are_cut(self, notes: Notes, psql: Any) -> None:
        async def cut() -> None:
            for _ in range(10):
                await end_all_others(psql)

        *outcomes, _ = await asyncio.gather(*(notes.insert(f"n{number}") for number in range(100)), cut())

        answered = {f"n{number}" for number, outcome in enumerate(outcomes) if isinstance(outcome, Written)}
        assert answered <= await notes.matching(ALWAYS)

    async def test_a_create_whose_commit_was_lost_is_looked_up(
        self, notes: Notes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lose_the_answer_of(monkeypatch, "INSERT")

        outcome = await notes.insert("n1", {"text": "once"})

        assert outcome == Written(({},))
        assert await notes.count() == 1

    async def test_an_update_whose_commit_was_lost_is_not_repeated(
        self, notes: Notes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await notes.insert("n1", {"stars": 1})
        lose_the_answer_of(monkeypatch, "UPDATE")

        outcome = await notes.patch("n1", {"stars": op.Increment(1)})

        stored = await notes.get("n1")
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, ConnectionFailed)
        assert "unknown" in outcome.error.message
        assert stored is not None
        assert stored["stars"] == 2

    async def test_a_lost_ear_makes_everything_looked_at_anew(
        self, notes: Notes, psql: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        storage = notes.storage
        assert isinstance(storage, PostgreSQLStorage)
        listens_again: asyncio.Queue[Sequence[Notice]] = asyncio.Queue()
        monkeypatch.setattr(storage._notices, "hear", listens_again.put_nowait)

        await end_all_others(psql)

        assert set(await listens_again.get()) == {Notice(kind) for kind in NoticeKind}

    async def test_whoever_finds_no_free_connection_waits_and_is_told(
        self, uri: str, notes: Notes, opened: Opened
    ) -> None:
        storage = await opened(f"{uri}?poolSize=1", wait_seconds=0.2)

        async with storage._connections.use():
            with pytest.raises(ConnectionFailed, match="busy"):
                await storage.count(notes.schema, Query("Note"))

        assert await storage.count(notes.schema, Query("Note")) == 0

    async def test_whoever_has_waited_longest_is_given_the_next_connection(self, uri: str, opened: Opened) -> None:
        storage = await opened(f"{uri}?poolSize=1")
        given: list[str] = []

        async def work(name: str) -> None:
            for _ in range(3):
                async with storage._connections.use():
                    given.append(name)
                    await asyncio.sleep(0)

        await asyncio.gather(work("a"), work("b"))

        assert given == ["a", "b"] * 3

    async def test_a_unit_that_a_deadlock_took_back_is_written_all_the_same(
        self, uri: str, psql: Any, another_psql: Any, opened: Opened
    ) -> None:
        await psql.execute(f"ALTER DATABASE \"{uri.rpartition('/')[2]}\" SET deadlock_timeout = '20ms'")
        notes = await notes_at(await opened(uri, statement_seconds=30))
        await notes.storage.write([Unit((notes.insertion(name, {"stars": 0}),)) for name in ("a", "b", "c")])
        first, last = await locking(psql, "b"), await locking(another_psql, "c")
        ours = asyncio.ensure_future(
            notes.write(*(notes.patching(name, {"stars": op.Increment(1)}) for name in ("a", "c", "b")))
        )
        await waiting(last, 1)
        theirs = asyncio.ensure_future(first.execute("""UPDATE "Note" SET "stars" = 5 WHERE "objectId" = 'a'"""))
        await waiting(last, 2)

        # Now ours goes on from "c" to "b": it closes the circle, so it is ours that is taken back.
        await last.execute("COMMIT")
        await theirs
        await first.execute("COMMIT")

        assert isinstance(await ours, Written)
        assert {name: (await notes.get(name) or {})["stars"] for name in "abc"} == {"a": 6, "b": 1, "c": 1}


async def notes_at(storage: PostgreSQLStorage) -> Notes:
    """The class of notes, made in a storage."""
    await storage.change_schema([CreateClass(NOTE)])
    return Notes(storage, (await storage.load_schemas())["Note"])


async def locking(connection: Any, name: str) -> Any:
    """A connection in a transaction that holds a note, and looks for no deadlock."""
    await connection.execute("BEGIN; SET LOCAL deadlock_timeout = '1h'")
    await connection.execute(f'SELECT FROM "Note" WHERE "objectId" = \'{name}\' FOR UPDATE')
    return connection


async def waiting(looker: Any, number: int) -> None:
    """Return when so many of this database's transactions wait for another one."""
    await looker.execute(
        f"DO $$ BEGIN WHILE (SELECT count(*) FROM pg_locks WHERE NOT granted) < {number}"
        " LOOP PERFORM pg_sleep(0.005); END LOOP; END $$"
    )


def lose_the_answer_of(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """The first statement that begins with a word is carried out, and its connection breaks before the answer."""
    lost: list[str] = []

    def breaking(method: Any) -> Any:
        async def call(self: Any, statement: str, *parameters: Any) -> Any:
            answer = await method(self, statement, *parameters)
            if statement.startswith(word) and not lost:
                lost.append(statement)
                self.terminate()
                raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
            return answer

        return call

    for name in ("fetch", "fetchrow"):
        monkeypatch.setattr(asyncpg.Connection, name, breaking(getattr(asyncpg.Connection, name)))
