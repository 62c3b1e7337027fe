"""Storage: what the house asks of a database. Few methods, each with one meaning.

Queries come typed (``query.typed``), with sub-queries already carried out. Every method may raise
``InternalError`` (code 1) or ``ConnectionFailed`` (code 100); the driver's own text stays in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from parsonage.query.expressions import Document
from parsonage.query.grouping import Grouping
from parsonage.query.model import Query
from parsonage.schema.changes import SchemaChange
from parsonage.schema.model import ClassSchema, SchemaSet
from parsonage.storage.blobs import Blobs
from parsonage.storage.changes import Notice, Outcome, Unit
from parsonage.storage.found import Found


class StorageUnavailable(Exception):
    """The database can't be used at all: the text says which one and why, in one line for whoever starts the server."""


class Condition(msgspec.Struct, frozen=True):
    """How a database is at this moment, as far as this process knows. Asking costs next to nothing."""

    is_reachable: bool = True
    connections: int = 0
    """How many this process holds for requests; an engine without connections has none."""
    in_use: int = 0
    """How many of them are carrying out something."""
    outcomes_unknown: int = 0
    """Writes so far of which nobody knows whether they were carried out."""


class Storage(Protocol):
    """One database. A house has one; two houses in one process have two."""

    @property
    def description(self) -> str:
        """What the start line says of it, such as ``SQLite ./guestbook.db``."""
        ...

    def condition(self) -> Condition:
        """How the database is now. It never awaits."""
        ...

    async def open(self) -> None:
        """Connect, check what the engine needs, make what an empty database lacks.

        Raises StorageUnavailable.
        """
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of everything."""
        ...

    async def find(self, schema: ClassSchema, query: Query, fields: Sequence[str] | None = None) -> Found:
        """The objects that match, in order, at most ``query.limit``.

        ``fields`` names the fields wanted beside the ones that every object has; private ones must be
        named. ``None`` means every field of the class.
        """
        ...

    async def count(self, schema: ClassSchema, query: Query) -> int:
        """How many objects match, exactly; skip and limit play no part."""
        ...

    async def group(self, schema: ClassSchema, query: Query, grouping: Grouping) -> list[Document]:
        """The groups of the objects that match, each a document with its key as ``objectId`` and its totals.

        The grouping fits the class; order, skip and limit of the query play no part.
        """
        ...

    async def explain(self, schema: ClassSchema, query: Query) -> list[str]:
        """The engine's own plan for a find, line by line."""
        ...

    async def write(self, units: Sequence[Unit]) -> list[Outcome]:
        """Carry out units, each atomic alone, and answer one outcome for each, in order.

        When this returns every ``Written`` unit is committed.
        """
        ...

    async def purge(self, schema: ClassSchema) -> None:
        """Remove every object of a class, with the links of its relations."""
        ...

    async def load_schemas(self) -> SchemaSet:
        """Every class as it is now."""
        ...

    async def change_schema(self, changes: Sequence[SchemaChange]) -> None:
        """Carry out schema changes in one transaction of their own, announced to other processes.

        Raises IncorrectType (111) where a field to be added exists with another type.
        """
        ...

    def blobs(self) -> Blobs:
        """The long byte strings in this database. It is asked for once the storage is open."""
        ...

    def notices(self) -> Sequence[Notice]:
        """What was changed on this database since the last call, by this process or another.

        A notice without a key means every one of its kind. It must be cheap: it is asked for at every
        request. It never awaits.
        """
        ...
