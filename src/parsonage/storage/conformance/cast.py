"""The cast of the conformance tests: a storage, and a class of notes with a field of every type."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pytest

from parsonage.protocol.acl import ACL
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import Value
from parsonage.query.model import ALWAYS, Condition, HasId, Query, Sort
from parsonage.query.typed import typed, typed_condition
from parsonage.schema.builtin import new_class
from parsonage.schema.changes import CreateClass
from parsonage.schema.model import (
    ARRAY,
    BOOLEAN,
    DATE,
    FILE,
    NUMBER,
    OBJECT,
    STRING,
    ClassSchema,
    Field,
    FieldType,
    pointer_to,
    relation_to,
)
from parsonage.storage.changes import Insert, Notice, Outcome, Patch, Remove, RemoveAll, Unit
from parsonage.storage.interface import Storage

_SET = re.compile(r"\{('[^{}:]*')\}")


def named(value: object) -> str:
    """A value in the name of a test: the same in every process, which the order of a set is not."""
    return _SET.sub(lambda found: "{" + ", ".join(sorted(found.group(1).split(", "))) + "}", repr(value))


OpenStorage: TypeAlias = Callable[[], Awaitable[Storage]]

NOTE = new_class("Note").with_fields(
    {
        "text": STRING,
        "stars": NUMBER,
        "done": BOOLEAN,
        "at": DATE,
        "more": OBJECT,
        "tags": ARRAY,
        "place": Field(FieldType.GEO_POINT),
        "area": Field(FieldType.POLYGON),
        "raw": Field(FieldType.BYTES),
        "picture": FILE,
        "author": pointer_to("_User"),
        "likes": relation_to("_User"),
    }
)
"""A class with a field of every type."""

BORN = 1_700_000_000_123
"""When the objects of these tests were made, in milliseconds since 1970 UTC."""


class Notes:
    """The objects of one class in one storage, in as few words as a test has room for."""

    def __init__(self, storage: Storage, schema: ClassSchema) -> None:
        self.storage = storage
        self.schema = schema

    def insertion(
        self,
        object_id: str,
        values: Mapping[str, Value] | None = None,
        *,
        acl: ACL | None = None,
        links: Mapping[str, frozenset[str]] | None = None,
    ) -> Insert:
        """The change that stores one object."""
        return Insert(self.schema, object_id, BORN, BORN, values or {}, acl, links or {})

    def patching(
        self,
        object_id: str,
        operations: Mapping[str, Operation],
        *,
        guard: Condition = ALWAYS,
        acl: ACL | None = None,
        returning: tuple[str, ...] = (),
    ) -> Patch:
        """The change that carries out operations on one object, a second after it was made."""
        guard = typed_condition(guard, self.schema)
        return Patch(self.schema, object_id, BORN + 1000, operations, acl, guard, returning)

    async def insert(self, object_id: str, values: Mapping[str, Value] | None = None, **more: Any) -> Outcome:
        """Store one object."""
        return await self.write(self.insertion(object_id, values, **more))

    async def patch(self, object_id: str, operations: Mapping[str, Operation], **more: Any) -> Outcome:
        """Carry out operations on one object."""
        return await self.write(self.patching(object_id, operations, **more))

    async def remove(self, object_id: str, guard: Condition = ALWAYS) -> Outcome:
        """Remove one object."""
        return await self.write(Remove(self.schema, object_id, typed_condition(guard, self.schema)))

    async def remove_all(self, where: Condition) -> Outcome:
        """Remove what matches."""
        return await self.write(RemoveAll(self.schema, typed_condition(where, self.schema)))

    async def write(self, *changes: Insert | Patch | Remove | RemoveAll) -> Outcome:
        """Carry out one unit of these changes."""
        [outcome] = await self.storage.write([Unit(changes)])
        return outcome

    async def get(self, object_id: str, fields: Sequence[str] | None = None) -> dict[str, Any] | None:
        """One object as an answer carries it, or ``None``."""
        found = await self.storage.find(self.schema, Query(self.schema.name, HasId((object_id,))), fields)
        return found.wire()[0] if len(found) else None

    async def matching(self, where: Condition) -> set[str]:
        """The ids of the objects that match."""
        return set(await self.listed(where))

    async def listed(
        self, where: Condition = ALWAYS, *order: Sort, skip: int = 0, limit: int | None = None
    ) -> list[str]:
        """The ids of the objects that match, in order."""
        query = typed(Query(self.schema.name, where, order, skip, limit), self.schema)
        return [note["objectId"] for note in (await self.storage.find(self.schema, query, ())).wire()]

    async def count(self, where: Condition = ALWAYS) -> int:
        """How many objects match."""
        return await self.storage.count(self.schema, typed(Query(self.schema.name, where), self.schema))


class Cast:
    """The fixtures that all conformance tests share."""

    @pytest.fixture
    async def open_storage(self) -> OpenStorage:
        """Open a storage on a database that is empty at first: the same one at every call."""
        raise NotImplementedError("say how your engine's storage is opened, by overriding this fixture")

    async def heard(self, storage: Storage) -> list[Notice]:
        """The notices of a storage, once it has had the time to hear what was committed.

        An engine that hears of other processes' commits a moment later overrides this, and waits.
        """
        return list(storage.notices())

    @pytest.fixture
    async def storage(self, open_storage: OpenStorage) -> Storage:
        """An open storage on an empty database."""
        return await open_storage()

    @pytest.fixture
    async def notes(self, storage: Storage) -> Notes:
        """The class ``Note``, with a field of every type and no objects."""
        await storage.change_schema([CreateClass(NOTE)])
        return Notes(storage, (await storage.load_schemas())["Note"])

    @pytest.fixture
    async def users(self, storage: Storage) -> Notes:
        """The class ``_User``, which every database has."""
        return Notes(storage, (await storage.load_schemas())["_User"])
