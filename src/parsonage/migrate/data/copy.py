"""Copy an app from one database to another, whatever their engines are.

What is copied: every class with its fields, options, permissions and indexes; every object with its private
fields (password hashes, session tokens); the links of every relation; hooks, configuration, the histories of
jobs and pushes. Left out: ``_Idempotency``, whose entries are of no use after some minutes.

Objects go over in pages. With each page the target keeps a note that tells how far the copy has come, in the
same transaction: so a copy that was killed goes on where it was. At the end both sides are read once more and
compared by count and by digest (``content``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from parsonage.migrate.data.content import Sums, drawer_of
from parsonage.migrate.data.parts import Links, Objects, Part, pages, parts
from parsonage.schema.builtin import CREATED_AT_START
from parsonage.schema.changes import AddFields, CreateClass, SchemaChange, SetFieldOptions, SetIndexes, SetPermissions
from parsonage.schema.model import ClassSchema, Field, SchemaSet
from parsonage.storage.bulk import BulkStorage
from parsonage.storage.interface import StorageUnavailable

LEFT_OUT = ("_Idempotency",)
"""Classes that stay behind: they remember requests for some minutes."""


class CopyRefused(Exception):
    """The copy can't be made, or it is not what it should be; the text says why in one line."""


class Note(msgspec.Struct):
    """What the target remembers of a copy that is under way."""

    source: str
    done: list[str] = []
    """The parts that have arrived."""
    part: str | None = None
    """The part that is on its way."""
    after: list[str] | None = None
    """The place of the last of it that has arrived."""
    moved: int = 0
    """How many of it have arrived."""


class Progress(Protocol):
    """Who is told how a copy goes on."""

    def begin(self, doing: str, part: str, total: int, already: int) -> None:
        """A part is begun; ``doing`` is ``copy`` or ``verify``."""
        ...

    def advance(self, number: int) -> None:
        """So many more of it are done."""
        ...

    def end(self) -> None:
        """The part is done."""
        ...


class Copied(msgspec.Struct, frozen=True):
    """How many objects or links each part has, and whether an unfinished copy was gone on with."""

    numbers: Mapping[str, int]
    resumed: bool


async def plan(source: BulkStorage) -> dict[str, int]:
    """The parts that a copy would bring over, and how many objects or links each has. Raises StorageUnavailable."""
    schemas = _copied_classes(await source.schemas())
    return {part.name: await part.count() for schema in schemas for part in parts(source, schema)}


async def check_target(source: BulkStorage, target: BulkStorage) -> Note | None:
    """The note of the copy that is unfinished there, if there is one.

    Raises CopyRefused where the target holds anything else, StorageUnavailable.
    """
    text = await target.note()
    if text is not None:
        note = msgspec.json.decode(text, type=Note)
        if note.source != source.description:
            raise CopyRefused(
                f"{target.description} holds an unfinished copy of {note.source}: finish it, or name an empty database"
            )
        return note
    for schema in (await target.schemas()).values():
        is_the_apps_own = schema.name not in CREATED_AT_START and not schema.name.startswith("_")
        if is_the_apps_own or await target.scan(schema, None, 1):
            raise CopyRefused(f"{target.description} is not empty, it holds {schema.name}: name an empty database")
    return None


async def copy(source: BulkStorage, target: BulkStorage, progress: Progress) -> Copied:
    """Bring everything over, or the rest of it, and compare. Raises CopyRefused, StorageUnavailable."""
    unfinished = await check_target(source, target)
    note = unfinished or Note(source.description)
    if unfinished is None:
        await target.leave_note(_text(note))
    schemas = _copied_classes(await source.schemas())
    await target.change_schema(_growth(schemas, await target.schemas()))
    for ours, theirs in _pairs(source, schemas, target, await target.schemas()):
        if ours.name not in note.done:
            await _bring(ours, theirs, note, progress)
    # Last: an index that is kept at every row takes many times longer than one that is made of them all.
    await target.change_schema([SetIndexes(schema.name, schema.indexes) for schema in schemas if schema.indexes])
    numbers = {
        ours.name: await _compare(ours, theirs, progress)
        for ours, theirs in _pairs(source, schemas, target, await target.schemas())
    }
    await target.leave_note(None)
    return Copied(numbers, resumed=unfinished is not None)


def _copied_classes(schemas: SchemaSet) -> list[ClassSchema]:
    return [schema for schema in schemas.values() if schema.name not in LEFT_OUT]


def _pairs(
    source: BulkStorage, schemas: Sequence[ClassSchema], target: BulkStorage, arrived: SchemaSet
) -> list[tuple[Objects | Links, Objects | Links]]:
    """Each part on both sides."""
    return [
        pair
        for schema in schemas
        for pair in zip(parts(source, schema), _same_parts(target, schema, arrived[schema.name]), strict=True)
    ]


def _same_parts(target: BulkStorage, schema: ClassSchema, arrived: ClassSchema) -> list[Objects | Links]:
    """The target's parts of a class, in the order of the source's: its fields may stand in another."""
    by_name = {part.name: part for part in parts(target, arrived)}
    return [by_name[part.name] for part in parts(target, schema)]


def _growth(wanted: Sequence[ClassSchema], there: SchemaSet) -> list[SchemaChange]:
    """The changes that give the target every class, without indexes."""
    changes: list[SchemaChange] = []
    for schema in wanted:
        present = there.get_class(schema.name)
        if present is None:
            changes.append(CreateClass(msgspec.structs.replace(schema, indexes={})))
            continue
        missing = {name: field for name, field in schema.fields.items() if name not in present.fields}
        if missing:
            changes.append(AddFields(schema.name, missing))
        with_options = {name: field for name, field in schema.fields.items() if _has_options(field)}
        if with_options:
            changes.append(SetFieldOptions(schema.name, with_options))
        if schema.permissions.json != present.permissions.json:
            changes.append(SetPermissions(schema.name, schema.permissions))
    return changes


def _has_options(field: Field) -> bool:
    return field.required or field.default is not None or field.options_given


async def _bring(ours: Part[Any], theirs: Part[Any], note: Note, progress: Progress) -> None:
    """Bring one part over, from where the note stands."""
    if note.part != ours.name:
        note.part, note.after, note.moved = ours.name, None, 0
    progress.begin("copy", ours.name, await ours.count(), note.moved)
    async for page in pages(ours, after=note.after):
        note.after, note.moved = ours.place_of(page[-1]), note.moved + len(page)
        try:
            await theirs.store(page, _text(note))
        except StorageUnavailable as error:
            first, last = ours.told_by(page[0]), ours.told_by(page[-1])
            raise CopyRefused(f"{ours.name}, somewhere from {first} to {last}: {error}") from error
        progress.advance(len(page))
    # This is kept with the next page that is stored; a copy that was killed before finds that nothing is left here.
    note.done.append(ours.name)
    progress.end()


def _text(note: Note) -> str:
    return msgspec.json.encode(note).decode()


async def _compare(ours: Part[Any], theirs: Part[Any], progress: Progress) -> int:
    """Compare one part by count and digest: how many it has. Raises CopyRefused, naming the first that differs."""
    progress.begin("verify", ours.name, await ours.count(), 0)
    left = await _summed(ours, progress.advance)
    right = await _summed(theirs)
    progress.end()
    drawers = left.differing_drawers(right)
    if not drawers and left.count == right.count:
        return left.count
    raise CopyRefused(
        f"{ours.name} is not the same on both sides ({left.count} in the source, {right.count} in the target):"
        f" {await _first_difference(ours, theirs, drawers[0])}"
    )


async def _summed(part: Part[Any], advance: Callable[[int], None] | None = None) -> Sums:
    sums = Sums()
    async for page in pages(part):
        for thing in page:
            sums.add(part.told_by(thing), part.digest(thing))
        if advance is not None:
            advance(len(page))
    return sums


async def _first_difference(ours: Part[Any], theirs: Part[Any], drawer: int) -> str:
    left, right = await _drawer(ours, drawer), await _drawer(theirs, drawer)
    name = min(
        name
        for name in left.keys() | right.keys()
        if name not in left or name not in right or ours.digest(left[name]) != ours.digest(right[name])
    )
    if name not in left:
        return f"{name} is in the target alone"
    if name not in right:
        return f"{name} did not arrive"
    return f"{name} differs in {', '.join(ours.differing(left[name], right[name]))}"


async def _drawer(part: Part[Any], drawer: int) -> dict[str, Any]:
    """What lies in one drawer, by name."""
    found: dict[str, Any] = {}
    async for page in pages(part):
        found.update({name: thing for thing in page if drawer_of(name := part.told_by(thing)) == drawer})
    return found
