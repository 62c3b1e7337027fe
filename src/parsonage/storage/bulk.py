"""Bulk: a whole database read from end to end, or filled, by one connection that nobody else uses.

What the house asks of a storage goes object by object and minds who asks. Moving an app to another engine
asks for other things: every object with its private fields, in pages that can be gone on from, and many
stored at once, beside a note that tells how far it has come.

Objects stand in the form of an answer (``Found.wire``), private fields among them, so what one engine reads
another can store. Every method may raise ``StorageUnavailable`` with one line for whoever runs the command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from parsonage.schema.changes import SchemaChange
from parsonage.schema.model import ClassSchema, SchemaSet
from parsonage.storage.interface import StorageUnavailable

WireObject: TypeAlias = dict[str, Any]
"""One object with all of its fields, as ``Found.wire`` makes it."""


class HoldsNothing(StorageUnavailable):
    """A database that was to be read holds no app at all."""


Link: TypeAlias = tuple[str, str]
"""One link of a relation: the id of the object that has the relation, and the id of the related one."""


class FoundClass(msgspec.Struct, frozen=True):
    """A class as it stands in a database, looked at without the trust that a server must have in it."""

    name: str
    document: Mapping[str, Any]
    """What ``_SCHEMA`` says of it; for the server's own classes that stand in no list, what they should be."""
    rows: int
    indexes: tuple[str, ...] = ()
    """Names of the indexes that really are there."""
    problems: tuple[str, ...] = ()
    """What the engine can't work with, a sentence each."""


class BulkStorage(Protocol):
    """One database, opened to be read as a whole or to be filled.

    A reading one can't write, and sees everything as it was when it was opened.
    """

    @property
    def description(self) -> str:
        """What people are told of it, without its password."""
        ...

    async def open(self) -> None:
        """Connect; one that is to be filled makes what an empty database lacks.

        Raises StorageUnavailable, and HoldsNothing for one that is to be read.
        """
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...

    async def survey(self) -> list[FoundClass]:
        """Every class that the catalogue names, in its order, even those that can't be used."""
        ...

    async def schemas(self) -> SchemaSet:
        """The classes whose tables are there, each with the fields that have a column, or a table of links."""
        ...

    async def count(self, schema: ClassSchema) -> int:
        """How many objects a class has."""
        ...

    async def count_links(self, schema: ClassSchema, key: str) -> int:
        """How many links a relation has."""
        ...

    async def scan(self, schema: ClassSchema, after: str | None, limit: int) -> list[WireObject]:
        """The next objects after an id, at most ``limit``, in the engine's own order; ``None``: from the first on."""
        ...

    async def scan_links(self, schema: ClassSchema, key: str, after: Link | None, limit: int) -> list[Link]:
        """The next links of a relation, likewise."""
        ...

    async def note(self) -> str | None:
        """The note that was left with what was stored last."""
        ...

    async def leave_note(self, note: str | None) -> None:
        """Leave a note, or take it away: from then on the database holds nothing of ours but the app."""
        ...

    async def change_schema(self, changes: Sequence[SchemaChange]) -> None:
        """Carry out schema changes in one transaction."""
        ...

    async def load(self, schema: ClassSchema, objects: Sequence[WireObject], note: str) -> None:
        """Store objects that are not there yet, and the note, in one transaction."""
        ...

    async def load_links(self, schema: ClassSchema, key: str, links: Sequence[Link], note: str) -> None:
        """Store links of a relation that are not there yet, and the note, in one transaction."""
        ...
