"""Includes: pointers that were asked for are filled with their objects, under the caller's own rights.

Each step is a read of the target class, judged as ``get``. What is missing or unreadable disappears from
the answer; a class that refuses refuses the whole request.

Rules: reference/query.md, sections 6 and 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Projection
from parsonage.operations.house import House
from parsonage.operations.reader import Read
from parsonage.protocol.encoding import pointer_of, wire_object
from parsonage.protocol.names import MASTER_ONLY_CLASSES
from parsonage.query.model import HasId, Query
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema, FieldType


def include_paths(schema: ClassSchema, projection: Projection) -> tuple[tuple[str, ...], Mapping[str, Projection]]:
    """Every path to be filled, parents before children; and what is wanted of the objects at a path.

    ``keys=a.b`` fills ``a`` and wants ``b`` of it, ``excludeKeys=a.b`` fills ``a`` and leaves ``b`` out.
    """
    asked: list[str] = []
    if "*" not in projection.include:  # beside it, Parse Server reads no other path
        for path in projection.include:
            asked.extend(_with_parents(path))
    if includes_everything(projection):
        asked.extend(everything_to_include(schema))
    wanted: dict[str, Projection] = {}
    for keys, excluded in ((projection.keys or (), False), (projection.exclude_keys, True)):
        for key in keys:
            *parents, last = key.split(".")
            if not parents or not _may_hold_pointers(schema, parents[0]):
                continue
            paths_to = _with_parents(".".join(parents))
            asked.extend(paths_to)
            if excluded:
                before = wanted.get(paths_to[-1], Projection())
                after = msgspec.structs.replace(before, exclude_keys=(*before.exclude_keys, last))
                wanted[paths_to[-1]] = after
                continue
            for path, child in zip(paths_to, [*parents[1:], last], strict=True):
                before = wanted.get(path, Projection())
                wanted[path] = msgspec.structs.replace(before, keys=(*(before.keys or ()), child))
    paths = dict.fromkeys(path for path in asked if path)
    return tuple(sorted(paths, key=lambda path: path.count("."))), _whole_on_the_way(wanted, paths)


def _whole_on_the_way(wanted: Mapping[str, Projection], paths: Mapping[str, None]) -> Mapping[str, Projection]:
    """An object that is only limited to some keys must keep the pointers that a longer path goes through."""
    adjusted = dict(wanted)
    for path in paths:
        parent, dot, child = path.rpartition(".")
        limited = adjusted.get(parent)
        if dot and limited is not None and limited.keys is not None:
            adjusted[parent] = msgspec.structs.replace(limited, keys=(*limited.keys, child))
    return adjusted


def includes_everything(projection: Projection) -> bool:
    """Whether every field that can hold a pointer is filled, and then read as well."""
    return projection.include_all or "*" in projection.include


def everything_to_include(schema: ClassSchema) -> Iterator[str]:
    """The fields that can hold a pointer."""
    return (name for name, field in schema.fields.items() if field.type in (FieldType.POINTER, FieldType.ARRAY))


def _may_hold_pointers(schema: ClassSchema, root: str) -> bool:
    field = schema.fields.get(root)
    return field is not None and field.type in (FieldType.POINTER, FieldType.ARRAY)


def _with_parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[: length + 1]) for length in range(len(parts))]


async def fill(
    house: House,
    call: Call,
    caller: Caller,
    schema: ClassSchema,
    rows: Sequence[dict[str, Any]],
    paths: Sequence[str],
    inner: Mapping[str, Projection],
    read: Read,
) -> None:
    """Fill the pointers at each path in turn; parents come first, so that children are found in them."""
    for path in paths:
        if "." in path:
            places = [place for row in rows for place in _places(row, path.split("."))]
        else:
            places = [_Place(row, path) for row in rows if path in row]
        ids: dict[str, dict[str, None]] = {}
        for place in places:
            for pointer in place.pointers:
                if pointer is not None:
                    ids.setdefault(pointer.class_name, {})[pointer.object_id] = None
        if not ids:
            continue
        projection = inner.get(path, Projection())
        goes_on = any(other.startswith(f"{path}.") for other in paths)
        inner_call = msgspec.structs.replace(call, as_text=False) if goes_on else call
        found = {
            class_name: await _objects(house, inner_call, caller, class_name, list(wanted), projection, read)
            for class_name, wanted in ids.items()
        }
        for place in places:
            place.fill(found)


async def _objects(
    house: House, call: Call, caller: Caller, class_name: str, ids: list[str], projection: Projection, read: Read
) -> dict[str, dict[str, Any]]:
    if class_name in MASTER_ONLY_CLASSES and not caller.sees_everything:
        return {}
    schema = await house.schemas.get(class_name)
    if schema is None:
        return {}
    query = Query(class_name, HasId(tuple(ids)))
    rows = await read(house, call, caller, query, projection, Operation.GET)
    # An afterFind may have put an object there that was never stored.
    return {row["objectId"]: wire_object(class_name, row) for row in rows if "objectId" in row}


class _Place:
    """A place in an answer where a pointer, or a list with pointers in it, stands."""

    __slots__ = ("_holder", "_items", "_key", "pointers")

    def __init__(self, holder: dict[str, Any], key: str) -> None:
        value = holder.get(key)
        self._holder = holder
        self._key = key
        self._items: list[Any] | None = value if isinstance(value, list) else None
        self.pointers = [pointer_of(value)] if self._items is None else [pointer_of(item) for item in self._items]
        """One for each item; None where something else stands."""

    def fill(self, found: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
        """Put the objects in the places of their pointers. What was not found disappears."""
        if self._items is None:
            [pointer] = self.pointers
            item = None if pointer is None else found[pointer.class_name].get(pointer.object_id)
            if item is not None:
                self._holder[self._key] = item
            elif pointer is not None:
                self._holder.pop(self._key, None)
            return
        kept = []
        for item, pointer in zip(self._items, self.pointers, strict=True):
            here = item if pointer is None else found[pointer.class_name].get(pointer.object_id)
            if here is not None or pointer is None:
                kept.append(here)
        self._holder[self._key] = kept


def _places(value: Any, path: Sequence[str]) -> Iterator[_Place]:
    """Follow a path through maps, lists and objects already filled, to where the last part stands."""
    if isinstance(value, list):
        for item in value:
            yield from _places(item, path)
        return
    if not isinstance(value, dict):
        return
    key, *rest = path
    if not rest:
        if key in value:
            yield _Place(value, key)
        return
    yield from _places(value.get(key), rest)
