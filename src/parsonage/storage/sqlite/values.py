"""Values ↔ columns: what stands in a cell, and the functions that make an answer of a row.

Text, Pointer (id) and File (name) are TEXT, Number REAL, Boolean 0 or 1, Date milliseconds since 1970
UTC, Bytes BLOB, GeoPoint two REAL columns; Object, Array and Polygon are JSON text in REST form. Null and
absent are both NULL.

Rules: reference/storage-sqlite.md, Table layout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from parsonage.protocol.acl import ACL
from parsonage.protocol.encoding import wire_bytes
from parsonage.protocol.values import GeoPoint, Polygon, Value, to_milliseconds
from parsonage.schema.model import Field, FieldType
from parsonage.storage.cells import (
    MISFITS,
    boolean_cell,
    file_cell,
    json_cell,
    misfit,
    number_cell,
    pointer_cell,
    text_cell,
    value_of,
)
from parsonage.storage.converters import EXPRESSIONS, NAMES, compiled
from parsonage.storage.found import Convert

Cell: TypeAlias = "str | int | float | bytes | None"

JSON_TYPES = frozenset({FieldType.OBJECT, FieldType.ARRAY, FieldType.POLYGON})
"""Types whose columns hold JSON text."""

COLUMN_TYPES: Mapping[FieldType, str] = {
    FieldType.STRING: "TEXT",
    FieldType.NUMBER: "REAL",
    FieldType.BOOLEAN: "INTEGER",
    FieldType.DATE: "INTEGER",
    FieldType.OBJECT: "TEXT",
    FieldType.ARRAY: "TEXT",
    FieldType.GEO_POINT: "REAL",
    FieldType.FILE: "TEXT",
    FieldType.BYTES: "BLOB",
    FieldType.POLYGON: "TEXT",
    FieldType.POINTER: "TEXT",
}
"""The column type for each field type; relations and ACLs have no column of their own."""


def to_cells(field: Field, value: Value) -> tuple[Cell, ...]:
    """The cells of one field: two for a GeoPoint, else one.

    Raises IncorrectType (111) for a value of another type than the field.
    """
    if field.type is FieldType.GEO_POINT:
        if value is None:
            return (None, None)
        if isinstance(value, GeoPoint):
            return (value.latitude, value.longitude)
    elif value is None:
        return (None,)
    else:
        try:
            return (_TO_CELL[field.type](value),)
        except MISFITS:
            pass
    raise misfit(field, value)


def _blob(value: Any) -> Cell:
    if not isinstance(value, bytes):
        raise TypeError
    return value


def _boolean(value: Any) -> Cell:
    return int(boolean_cell(value))


_TO_CELL: dict[FieldType, Callable[[Any], Cell]] = {
    FieldType.STRING: text_cell,
    FieldType.NUMBER: number_cell,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: to_milliseconds,
    FieldType.OBJECT: json_cell(dict),
    FieldType.ARRAY: json_cell(list),
    FieldType.POLYGON: json_cell(Polygon),
    FieldType.BYTES: _blob,
    FieldType.POINTER: pointer_cell,
    FieldType.FILE: file_cell,
}


def from_cells(field: Field, cells: Sequence[Any]) -> Value:
    """The value that ``to_cells`` took apart. A field operation in the engine starts from it."""
    return value_of(field, cells[0])


class StoredACL:
    """One interned ACL, as rows name it by its id."""

    __slots__ = ("acl", "fragment", "text")

    def __init__(self, acl: ACL) -> None:
        self.acl = acl
        self.text = orjson.dumps(acl.to_json())
        self.fragment = orjson.Fragment(self.text)

    def json(self) -> dict[str, dict[str, bool]]:
        """A copy of its own for whoever may change it."""
        json: dict[str, dict[str, bool]] = orjson.loads(self.text)
        return json


LEADING_COLUMNS = 4
"""Every row begins with ``objectId``, ``createdAt``, ``updatedAt`` and the id of its ACL."""


def compile_converter(
    fields: Mapping[str, Field], acls: Mapping[int, StoredACL], *, as_text: bool, with_dates: bool
) -> Convert:
    """A function that makes the JSON of an answer out of a row of these fields, in this order.

    The function is written out and compiled, so that a row costs no loop over its fields: nothing but
    Python's own ``repr`` of a name ever gets into its text. With ``as_text`` Object, Array, Polygon and
    ACL stay ``orjson.Fragment``. Relations stand in every answer by their marker.
    """
    return _compiled(
        fields,
        acls,
        as_text=as_text,
        before=_DATED if with_dates else _UNDATED,
        after=(
            "if acl:\n    made['ACL'] = acls[acl].fragment"
            if as_text
            else "if acl:\n    made['ACL'] = acls[acl].json()"
        ),
        leading="object_id, created, updated, acl",
    )


_UNDATED = 'made = {"objectId": object_id}'
_DATED = """\
made = {"objectId": object_id, "createdAt": seconds[created // 1000] + fractions[created % 1000]}
made["updatedAt"] = seconds[updated // 1000] + fractions[updated % 1000]"""


def compile_partial_converter(fields: Mapping[str, Field]) -> Convert:
    """The same for rows of nothing but these fields."""
    return _compiled(fields, {}, as_text=False, before="made = {}", after="", leading="")


def _compiled(
    fields: Mapping[str, Field],
    acls: Mapping[int, StoredACL],
    *,
    as_text: bool,
    before: str,
    after: str,
    leading: str,
) -> Convert:
    cells: list[str] = [leading] if leading else []
    statements = [before]
    for place, (name, field) in enumerate(fields.items()):
        if field.type is FieldType.RELATION:
            statements.append(f"made[{name!r}] = relation({field.target_class!r})")
        elif field.type is FieldType.GEO_POINT:
            cells += [f"c{place}", f"d{place}"]
            statements.append(f"if c{place} is not None:\n    made[{name!r}] = geo_point(c{place}, d{place})")
        elif field.type is not FieldType.ACL:
            cells.append(f"c{place}")
            made = _EXPRESSIONS[field.type].format(c=f"c{place}", target=repr(field.target_class))
            if as_text and field.type in JSON_TYPES:
                made = f"fragment(c{place})"
            statements.append(f"if c{place} is not None:\n    made[{name!r}] = {made}")
    if after:
        statements.append(after)
    return compiled(cells, statements, {**_NAMES, "acls": acls})


_EXPRESSIONS: Mapping[FieldType, str] = {
    **EXPRESSIONS,
    FieldType.BOOLEAN: "{c} == 1",
    FieldType.POLYGON: "loads({c})",
    FieldType.BYTES: "bytes_({c})",
}
_NAMES: Mapping[str, Any] = {**NAMES, "bytes_": wire_bytes}


def has_one_form(value: Value) -> bool:
    """Whether equal values have equal JSON text: no map in it has two keys that might change places."""
    if isinstance(value, dict):
        return len(value) < 2 and all(map(has_one_form, value.values()))
    return all(map(has_one_form, value)) if isinstance(value, list) else True
