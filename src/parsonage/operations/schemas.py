"""The schema cache: one immutable value per version, read anew when somebody changed the schema."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from parsonage.protocol.names import is_class_name, is_join_name
from parsonage.schema.builtin import new_class
from parsonage.schema.changes import AddFields, CreateClass, SchemaChange
from parsonage.schema.model import ClassSchema, Field, SchemaSet
from parsonage.storage.interface import Storage

DECISIONS_KEPT = 10_000
"""How many `Schemas.decisions` there may be before all of them are forgotten."""


class Schemas:
    """What every verb asks for a class. ``current`` is read without waiting while nothing changed."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._current: SchemaSet | None = None
        self._loading: asyncio.Future[SchemaSet] | None = None
        self._changes = 0
        self.decisions: dict[Any, Any] = {}
        """What policies decided about these very schemas, for whoever wants to ask them once only."""

    def forget(self) -> None:
        """Somebody changed the schema: read it again when it is next asked for."""
        self._changes += 1
        self._current = None
        self.decisions = {}
        self._loading = None  # what is being read now may have been read before the change

    async def current(self) -> SchemaSet:
        """Every class as it is now."""
        return self._current if self._current is not None else await self._load()

    async def get(self, class_name: str) -> ClassSchema | None:
        """One class, or ``None`` if it does not exist."""
        current = self._current if self._current is not None else await self._load()
        return current.get_class(class_name)

    async def get_or_born(self, class_name: str) -> tuple[ClassSchema, bool]:
        """One class, or what it will be when its first object is stored; and whether it exists."""
        current = self._current if self._current is not None else await self._load()
        found = current.get_class(class_name)
        return (found, True) if found is not None else (new_class(class_name), False)

    async def grow(self, schema: ClassSchema, added: Mapping[str, Field], *, exists: bool) -> ClassSchema:
        """Make the class if it is missing and add fields to it; commits by itself (layout rule 3).

        Raises IncorrectType (111) if somebody else just added a field with another type.
        """
        if exists and not added:
            return schema
        if exists:
            await self.change([AddFields(schema.name, dict(added))])
        else:
            # With its fields from the beginning; whoever made it meanwhile may have made it without them.
            await self.change([CreateClass(schema.with_fields(added)), AddFields(schema.name, dict(added))])
        return await self.get(schema.name) or schema.with_fields(added)

    async def change(self, changes: Sequence[SchemaChange]) -> None:
        """Carry out changes of the schema; what is read afterwards is new."""
        await self._storage.change_schema(changes)
        self.forget()

    async def _load(self) -> SchemaSet:
        # Those who miss at the same moment share one look at the database.
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._storage.load_schemas())
        loading, changes = self._loading, self._changes
        try:
            loaded = await asyncio.shield(loading)
        finally:
            if self._loading is loading:
                self._loading = None
        if changes == self._changes:
            self._current = loaded
        return loaded


def is_readable_name(class_name: str) -> bool:
    """Whether a class of that name could exist; reading any other finds nothing."""
    return is_class_name(class_name) or is_join_name(class_name)
