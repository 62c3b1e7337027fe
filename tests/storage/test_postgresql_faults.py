"""Connections break at chosen moments: what is answered is true, and nothing waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import ConnectionFailed
from parsonage.schema.changes import AddFields, CreateClass
from parsonage.schema.model import NUMBER
from parsonage.storage.changes import Failed, Notice, NoticeKind, Outcome, Unit, Written
from parsonage.storage.conformance import Notes
from parsonage.storage.conformance.cast import NOTE
from parsonage.storage.postgresql import PostgreSQLStorage
from tests.machinery.postgresql import PostgreSQL
from tests.machinery.proxy import Break, Proxy, proxy

SHORT = 0.4
"""Seconds of patience with the database in these tests."""


@pytest.fixture
def uri(new_house: Callable[[], str]) -> str:
    return new_house()


@pytest.fixture
async def wire(server: PostgreSQL) -> AsyncIterator[Proxy]:
    """What lies between us and PostgreSQL."""
    async with proxy(server.port) as running:
        yield running


@pytest.fixture
async def notes(uri: str, wire: Proxy) -> AsyncIterator[Notes]:
    """A class of which ``n0`` is stored and changed already: every statement has been prepared."""
    storage = PostgreSQLStorage(
        f"postgres://postgres@127.0.0.1:{wire.port}/{uri.rpartition('/')[2]}?poolSize=2",
        statement_seconds=SHORT,
        silence_seconds=SHORT,
        wait_seconds=SHORT,
        look_every_seconds=SHORT,
    )
    await storage.open()
    await storage.change_schema([CreateClass(NOTE)])
    notes = Notes(storage, (await storage.load_schemas())["Note"])
    await notes.insert("n0", {"stars": 0})
    await notes.patch("n0", {"stars": op.Increment(1)})
    yield notes
    await storage.close()


@pytest.fixture
async def psql(uri: str) -> AsyncIterator[Any]:
    """A connection of somebody else, straight to the database."""
    connection = await asyncpg.connect(uri)
    yield connection
    await connection.close()


def execution(key: bytes) -> Callable[[bytes], bool]:
    """The piece that has a prepared statement carried out with this value."""
    return lambda piece: piece.startswith(b"B") and key in piece


def commit(piece: bytes) -> bool:
    """The piece that ends a transaction."""
    return b"COMMIT" in piece


async def in_transaction(notes: Notes) -> Outcome:
    """One star more for ``n0``, and another change of it."""
    return await notes.write(
        notes.patching("n0", {"stars": op.Increment(1)}), notes.patching("n0", {"text": op.Set("hi")})
    )


def unknown(notes: Notes) -> int:
    return notes.storage.condition().outcomes_unknown


async def stars(psql: Any) -> float | None:
    value: float | None = await psql.fetchval('SELECT "stars" FROM "Note" WHERE "objectId" = \'n0\'')
    return value


def message(outcome: Outcome) -> str:
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, ConnectionFailed)
    return outcome.error.message


class TestABrokenConnection:
    @pytest.mark.parametrize("moment", [Break.BEFORE, Break.AFTER])
    async def test_a_create_is_stored_once_whenever_it_broke(
        self, notes: Notes, wire: Proxy, psql: Any, moment: Break
    ) -> None:
        wire.on(moment, execution(b"n1"))

        outcome = await notes.insert("n1", {"stars": 5})

        assert outcome == Written(({},))
        assert await psql.fetchval('SELECT count(*) FROM "Note" WHERE "objectId" = \'n1\'') == 1
        assert unknown(notes) == 0

    @pytest.mark.parametrize(("moment", "left"), [(Break.BEFORE, 1), (Break.AFTER, 2)])
    async def test_an_update_is_told_as_unknown_counted_and_not_repeated(
        self, notes: Notes, wire: Proxy, psql: Any, moment: Break, left: int
    ) -> None:
        wire.on(moment, execution(b"n0"))

        outcome = await notes.patch("n0", {"stars": op.Increment(1)})

        assert "the outcome is unknown" in message(outcome)
        assert await stars(psql) == left
        assert unknown(notes) == 1

    async def test_a_transaction_that_broke_before_its_commit_is_carried_out_again(
        self, notes: Notes, wire: Proxy, psql: Any
    ) -> None:
        wire.on(Break.AFTER, execution(b"n0"))

        outcome = await in_transaction(notes)

        assert isinstance(outcome, Written)
        assert await stars(psql) == 2
        assert unknown(notes) == 0

    @pytest.mark.parametrize(("moment", "left"), [(Break.BEFORE, 1), (Break.AFTER, 2)])
    async def test_a_transaction_whose_commit_was_lost_is_told_as_unknown(
        self, notes: Notes, wire: Proxy, psql: Any, moment: Break, left: int
    ) -> None:
        wire.on(moment, commit)

        outcome = await in_transaction(notes)

        assert "the outcome is unknown" in message(outcome)
        assert await stars(psql) == left
        assert unknown(notes) == 1

    @pytest.mark.parametrize("moment", [Break.BEFORE, Break.AFTER])
    async def test_a_create_in_a_transaction_is_stored_once_with_its_links(
        self, notes: Notes, wire: Proxy, psql: Any, moment: Break
    ) -> None:
        wire.on(moment, commit)

        outcome = await notes.insert("n1", links={"likes": frozenset({"u1"})})

        assert isinstance(outcome, Written)
        assert await psql.fetchval('SELECT count(*) FROM "_Join:likes:Note" WHERE "owningId" = \'n1\'') == 1

    async def test_of_many_creates_in_one_statement_each_is_stored_once(
        self, notes: Notes, wire: Proxy, psql: Any
    ) -> None:
        wire.on(Break.AFTER, execution(b"m7"))
        names = [f"m{number}" for number in range(10)]
        await notes.storage.write([Unit((notes.insertion(f"w{name}"),)) for name in names])

        outcomes = await notes.storage.write([Unit((notes.insertion(name),)) for name in names])

        assert outcomes == [Written(({},))] * 10
        assert await psql.fetchval("""SELECT count(*) FROM "Note" WHERE "objectId" LIKE 'm%'""") == 10

    async def test_a_read_is_asked_again(self, notes: Notes, wire: Proxy) -> None:
        await notes.get("n0")
        wire.on(Break.AFTER, execution(b"n0"))

        assert await notes.get("n0") is not None

    async def test_a_schema_change_whose_commit_was_lost_is_told_as_unknown(self, notes: Notes, wire: Proxy) -> None:
        wire.on(Break.AFTER, commit)

        with pytest.raises(ConnectionFailed, match="unknown"):
            await notes.storage.change_schema([AddFields("Note", {"rank": NUMBER})])

        assert unknown(notes) == 1
        assert Notice(NoticeKind.SCHEMA) in notes.storage.notices()


class TestASilentDatabase:
    async def test_a_read_is_given_up(self, notes: Notes, wire: Proxy) -> None:
        await notes.get("n0")
        wire.on(Break.SILENCE, lambda piece: True, once=False)

        with pytest.raises(ConnectionFailed):
            await notes.get("n0")

    async def test_a_create_is_told_as_unknown(self, notes: Notes, wire: Proxy) -> None:
        wire.on(Break.SILENCE, lambda piece: True, once=False)

        outcome = await notes.insert("n1")

        assert "the outcome is unknown" in message(outcome)
        assert unknown(notes) == 1

    async def test_it_is_noticed_while_nobody_asks(self, notes: Notes, wire: Proxy) -> None:
        wire.on(Break.SILENCE, lambda piece: True, once=False)

        await until(lambda: not notes.storage.condition().is_reachable)


class TestTheCondition:
    async def test_a_database_that_goes_and_comes_back_is_told(self, notes: Notes, wire: Proxy) -> None:
        before = notes.storage.condition().is_reachable
        wire.on(Break.BEFORE, lambda piece: True, once=False)
        wire.end_all()
        await until(lambda: not notes.storage.condition().is_reachable)

        wire.on(Break.BEFORE, lambda piece: False)

        await until(lambda: notes.storage.condition().is_reachable)
        assert before

    async def test_connections_are_counted(self, notes: Notes) -> None:
        assert isinstance(notes.storage, PostgreSQLStorage)

        async with notes.storage._connections.use():
            condition = notes.storage.condition()

        assert (condition.connections, condition.in_use) == (1, 1)
        assert notes.storage.condition().in_use == 0


class TestASlowStatement:
    async def test_it_is_taken_back_at_its_limit(self, notes: Notes, psql: Any) -> None:
        async with psql.transaction():
            await psql.execute('UPDATE "Note" SET "stars" = 7')

            outcome = await notes.patch("n0", {"stars": op.Increment(1)})

        assert message(outcome) == "The database took too long."
        assert await stars(psql) == 7
        assert unknown(notes) == 0


class TestSerializableTransactions:
    async def test_writes_that_the_server_takes_back_are_carried_out_again(
        self, notes: Notes, uri: str, psql: Any
    ) -> None:
        await psql.execute(f"ALTER DATABASE {uri.rpartition('/')[2]} SET default_transaction_isolation = serializable")
        storages = [PostgreSQLStorage(uri) for _ in range(2)]
        await asyncio.gather(*(storage.open() for storage in storages))
        writers = [Notes(storage, notes.schema) for storage in storages] * 5

        outcomes = await asyncio.gather(*(one.patch("n0", {"stars": op.Increment(1)}) for one in writers))

        assert {type(outcome) for outcome in outcomes} == {Written}
        assert await stars(psql) == 11
        await asyncio.gather(*(storage.close() for storage in storages))


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; the test's own patience ends after half a minute."""
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110  # a condition tells nobody that it has changed
            await asyncio.sleep(0.01)
