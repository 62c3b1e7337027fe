"""One database, two servers: what a real Parse Server stored is read here, and what is stored here is read there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from parsonage.protocol import field_operations as op
from parsonage.protocol.acl import ACL
from parsonage.protocol.values import GeoPoint, Pointer, Polygon
from parsonage.query.model import Equals, HasId, Query
from parsonage.schema.builtin import new_class
from parsonage.schema.changes import AddFields, CreateClass
from parsonage.schema.model import NUMBER, STRING, Field, FieldType
from parsonage.storage.conformance import Notes
from parsonage.storage.postgresql import PostgreSQLStorage
from tests.flows.conversation import APP_ID, MASTER_KEY, Conversation
from tests.machinery.peer import parse_server
from tests.machinery.postgresql import PostgreSQL

MASTER = {"X-Parse-Master-Key": MASTER_KEY}

EVERYTHING: dict[str, Any] = {
    "text": "Grüße",
    "stars": 1.5,
    "done": True,
    "at": {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"},
    "more": {"deep": {"b": 1}, "when": {"__type": "Date", "iso": "2026-01-02T03:04:05.678Z"}, "nothing": None},
    "tags": [1, "a", 1, {"__type": "Pointer", "className": "_User", "objectId": "u1"}],
    "raw": {"__type": "Bytes", "base64": "aGVsbG8="},
    "place": {"__type": "GeoPoint", "latitude": 1.25, "longitude": -2},
    "area": {"__type": "Polygon", "coordinates": [[0, 0], [0, 1], [1, 1], [0, 0]]},
    "author": {"__type": "Pointer", "className": "_User", "objectId": "u1"},
    "ACL": {"*": {"read": True}, "role:Editors": {"write": True}},
}


@pytest.fixture(scope="module")
def uri(server: PostgreSQL) -> str:
    return server.create_database("beside")


@pytest.fixture(scope="module")
def peer(uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    folder: Path = tmp_path_factory.mktemp("peer")
    options = {
        "appId": APP_ID,
        "masterKey": MASTER_KEY,
        "allowClientClassCreation": True,
        "databaseOptions": {"enableSchemaHooks": True},
    }
    with parse_server(options, database_uri=uri, folder=folder) as running:
        yield Conversation(running.url)


@pytest.fixture
async def storage(peer: Conversation, uri: str) -> AsyncIterator[PostgreSQLStorage]:
    opened = PostgreSQLStorage(uri)
    await opened.open()
    yield opened
    await opened.close()


async def test_what_it_stored_is_read_here(peer: Conversation, storage: PostgreSQLStorage) -> None:
    made = peer.send("POST", "/classes/Everything", EVERYTHING, headers=MASTER).body
    schema = (await storage.load_schemas())["Everything"]

    [found] = (await storage.find(schema, Query("Everything", HasId((made["objectId"],))))).wire()

    assert found == {**EVERYTHING, **made, "updatedAt": made["createdAt"]}


async def test_what_is_stored_here_is_read_there(peer: Conversation, storage: PostgreSQLStorage) -> None:
    fields = {"text": STRING, "place": Field(FieldType.GEO_POINT), "area": Field(FieldType.POLYGON)}
    await storage.change_schema([CreateClass(new_class("Ours").with_fields(fields))])
    ours = Notes(storage, (await storage.load_schemas())["Ours"])
    square = Polygon(((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)))

    await ours.insert("o1", {"text": "hi", "place": GeoPoint(1, 2), "area": square}, acl=ACL.public())

    stored = await ours.get("o1")
    assert peer.send("GET", "/classes/Ours/o1", headers=MASTER).body == stored


async def test_a_field_that_is_added_here_is_written_there(peer: Conversation, storage: PostgreSQLStorage) -> None:
    made = peer.send("POST", "/classes/Grown", {"text": "theirs"}, headers=MASTER).body["objectId"]
    await storage.change_schema([AddFields("Grown", {"rank": NUMBER})])
    grown = Notes(storage, (await storage.load_schemas())["Grown"])

    await grown.patch(made, {"rank": op.Increment(1)})
    peer.send("PUT", f"/classes/Grown/{made}", {"rank": {"__op": "Increment", "amount": 2}}, headers=MASTER)

    stored = await grown.get(made, ["rank"])
    assert stored is not None
    assert stored["rank"] == 3


async def test_links_that_it_made_are_found_here(peer: Conversation, storage: PostgreSQLStorage) -> None:
    likes = {"__op": "AddRelation", "objects": [{"__type": "Pointer", "className": "Grown", "objectId": "g1"}]}
    owner = peer.send("POST", "/classes/Owner", {"likes": likes}, headers=MASTER).body["objectId"]
    schemas = await storage.load_schemas()
    owners = Notes(storage, schemas["Owner"])

    from_the_owner = await owners.get(owner)
    found = await owners.matching(Equals("likes", Pointer("Grown", "g1")))

    assert from_the_owner is not None
    assert from_the_owner["likes"] == {"__type": "Relation", "className": "Grown"}
    assert found == {owner}
