"""Parts: what is copied in one go, which is the objects of a class or the links of one of its relations.

A copy and a comparison ask the same of both: how many there are, a page of them after a place, what each is
told by, and its digest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Generic, Protocol, TypeVar

from parsonage.migrate.data.content import canonical, digest, id_of
from parsonage.schema.model import ClassSchema, FieldType
from parsonage.storage.bulk import BulkStorage, Link, WireObject

PAGE = 1000
"""Objects or links that are in memory at once."""

Thing = TypeVar("Thing")


class Part(Protocol[Thing]):
    """One part of an app, in one of its two databases."""

    @property
    def name(self) -> str:
        """The class, or ``Class.relation``: the same on both sides."""
        ...

    async def count(self) -> int:
        """How many there are."""
        ...

    async def page(self, after: Sequence[str] | None) -> list[Thing]:
        """The next ones after a place, at most ``PAGE``; ``None``: from the first on."""
        ...

    async def store(self, things: Sequence[Thing], note: str) -> None:
        """Store a page, and the note with it."""
        ...

    def place_of(self, thing: Thing) -> list[str]:
        """Where one stands in the order of pages."""
        ...

    def told_by(self, thing: Thing) -> str:
        """What one is told by, on every engine alike."""
        ...

    def digest(self, thing: Thing) -> bytes:
        """Its content in short."""
        ...

    def differing(self, left: Thing, right: Thing) -> list[str]:
        """The fields in which two of one name differ."""
        ...


class _OfClass(Generic[Thing]):
    def __init__(self, storage: BulkStorage, schema: ClassSchema) -> None:
        self._storage = storage
        self._schema = schema


class Objects(_OfClass[WireObject]):
    """The objects of a class."""

    @property
    def name(self) -> str:
        """The class."""
        return self._schema.name

    async def count(self) -> int:
        """How many objects there are."""
        return await self._storage.count(self._schema)

    async def page(self, after: Sequence[str] | None) -> list[WireObject]:
        """The next objects."""
        return await self._storage.scan(self._schema, None if after is None else after[0], PAGE)

    async def store(self, things: Sequence[WireObject], note: str) -> None:
        """Store a page, and the note with it."""
        await self._storage.load(self._schema, things, note)

    def place_of(self, thing: WireObject) -> list[str]:
        """The object's id."""
        return [thing["objectId"]]

    def told_by(self, thing: WireObject) -> str:
        """The object's id; what a hook is for."""
        return id_of(self.name, thing)

    def digest(self, thing: WireObject) -> bytes:
        """Its content in short."""
        return digest(canonical(self.name, thing))

    def differing(self, left: WireObject, right: WireObject) -> list[str]:
        """The fields in which two objects of one id differ."""
        ours, theirs = canonical(self.name, left), canonical(self.name, right)
        return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


class Links(_OfClass[Link]):
    """The links of a relation."""

    def __init__(self, storage: BulkStorage, schema: ClassSchema, key: str) -> None:
        super().__init__(storage, schema)
        self._key = key

    @property
    def name(self) -> str:
        """``Class.relation``."""
        return f"{self._schema.name}.{self._key}"

    async def count(self) -> int:
        """How many links there are."""
        return await self._storage.count_links(self._schema, self._key)

    async def page(self, after: Sequence[str] | None) -> list[Link]:
        """The next links."""
        return await self._storage.scan_links(
            self._schema, self._key, None if after is None else (after[0], after[1]), PAGE
        )

    async def store(self, things: Sequence[Link], note: str) -> None:
        """Store a page, and the note with it."""
        await self._storage.load_links(self._schema, self._key, things, note)

    def place_of(self, thing: Link) -> list[str]:
        """Both ids."""
        return [*thing]

    def told_by(self, thing: Link) -> str:
        """Both ids, in words."""
        return f"{thing[0]} → {thing[1]}"

    def digest(self, thing: Link) -> bytes:
        """Both ids in short."""
        return digest(thing)

    def differing(self, left: Link, right: Link) -> list[str]:
        """Nothing: two links of one name are the same."""
        return []


def relations(schema: ClassSchema) -> list[str]:
    """The relations of a class."""
    return [key for key, field in schema.fields.items() if field.type is FieldType.RELATION]


def parts(storage: BulkStorage, schema: ClassSchema) -> list[Objects | Links]:
    """The objects of a class, and the links of each of its relations."""
    return [Objects(storage, schema), *(Links(storage, schema, key) for key in relations(schema))]


async def pages(part: Part[Thing], *, after: Sequence[str] | None = None) -> AsyncIterator[list[Thing]]:
    """Everything after a place, page by page; none of the pages is empty."""
    size = PAGE
    while size == PAGE:
        page = await part.page(after)
        size = len(page)
        if page:
            yield page
            after = part.place_of(page[-1])
