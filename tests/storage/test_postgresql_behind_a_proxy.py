"""Behind a proxy that hands every transaction to another connection.

A normal run tries writes and schema changes, where most can go wrong; the long one the whole kit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import InvalidQuery
from parsonage.query.model import ALWAYS, Equals, Matches
from parsonage.schema.changes import CreateClass
from parsonage.storage.changes import Notice, NoticeKind, Unit
from parsonage.storage.conformance import Notes, OpenStorage
from parsonage.storage.conformance.cast import NOTE
from parsonage.storage.conformance.queries import QueryConformance
from parsonage.storage.conformance.schemas import SchemaConformance
from parsonage.storage.conformance.values import ValueConformance
from parsonage.storage.conformance.writes import WriteConformance
from parsonage.storage.postgresql import PostgreSQLStorage
from tests.machinery.house import House
from tests.machinery.pgbouncer import PgBouncer, pgbouncer
from tests.machinery.postgresql import PostgreSQL
from tests.storage.conftest import made_house
from tests.storage.test_postgresql_kit import OnPostgreSQL


@pytest.fixture(scope="module")
def house(server: PostgreSQL) -> House:
    return made_house(server.create_database("pooled"))


@pytest.fixture(scope="module")
def proxy(server: PostgreSQL) -> Iterator[PgBouncer]:
    with pgbouncer(server.port) as running:
        yield running


class BehindAProxy(OnPostgreSQL):
    """Storages that speak to the proxy, and listen past it."""

    @pytest.fixture
    async def open_storage(self, house: House, proxy: PgBouncer) -> AsyncIterator[OpenStorage]:
        opened: list[PostgreSQLStorage] = []

        async def open_another() -> PostgreSQLStorage:
            opened.append(PostgreSQLStorage(proxy.url("pooled"), direct_uri=house.uri, statement_seconds=2))
            await opened[-1].open()
            return opened[-1]

        yield open_another
        for storage in opened:
            await storage.close()
        await house.restore()


class TestWritingBehindAProxy(BehindAProxy, WriteConformance, SchemaConformance):
    """What is written, and how classes change."""


@pytest.mark.long
class TestReadingBehindAProxy(BehindAProxy, QueryConformance, ValueConformance):
    """What is read."""


async def test_a_statement_that_takes_too_long_is_ended_on_the_server(house: House, proxy: PgBouncer) -> None:
    storage = PostgreSQLStorage(proxy.url("pooled"), direct_uri=house.uri, statement_seconds=1)
    await storage.open()
    await storage.change_schema([CreateClass(NOTE)])
    notes = Notes(storage, NOTE)
    await notes.insert("n1", {"text": "a" * 5000})

    with pytest.raises(InvalidQuery, match="takes too long"):
        await notes.matching(Matches("text", r"^(a*)(a*)(a*)\1\2\3a$"))
    await storage.close()

    await house.restore()  # fails where a statement is still at work


class TestWithNoWayPastTheProxy:
    @pytest.fixture
    async def storages(self, house: House, proxy: PgBouncer) -> AsyncIterator[tuple[PostgreSQLStorage, ...]]:
        opened = tuple(PostgreSQLStorage(proxy.url("pooled")) for _ in range(2))
        for storage in opened:
            await storage.open()
        await opened[0].change_schema([CreateClass(NOTE)])
        yield opened
        for storage in opened:
            await storage.close()
        await house.restore()

    async def test_it_is_said_at_the_start(
        self, storages: tuple[PostgreSQLStorage, ...], caplog: pytest.LogCaptureFixture
    ) -> None:
        records = caplog.get_records("setup")

        assert "notices don't travel through a proxy" in records[0].message
        assert "known after 1 s" in records[0].message
        assert "databaseDirectURI" in records[0].message

    async def test_a_class_that_another_made_is_noticed(self, storages: tuple[PostgreSQLStorage, ...]) -> None:
        _, other = storages

        await other.catch_up()

        assert Notice(NoticeKind.SCHEMA) in other.notices()

    async def test_whatever_may_have_changed_is_looked_at_anew(self, storages: tuple[PostgreSQLStorage, ...]) -> None:
        _, other = storages
        other.notices()

        await other.catch_up()

        assert set(other.notices()) >= {Notice(kind) for kind in NoticeKind if kind is not NoticeKind.SCHEMA}

    async def test_many_requests_share_few_connections(self, storages: tuple[PostgreSQLStorage, ...]) -> None:
        one, other = (Notes(storage, NOTE) for storage in storages)
        await one.storage.write([Unit((one.insertion(name, {"stars": 0}),)) for name in ("a", "b")])
        grown = [one.patching(name, {"stars": op.Increment(1)}) for name in ("a", "b")]

        await asyncio.gather(*(notes.write(*grown) for _ in range(20) for notes in (one, other)))

        assert await other.matching(Equals("stars", 40)) == {"a", "b"}
        assert await one.count(ALWAYS) == 2
