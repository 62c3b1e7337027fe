"""Values ↔ columns: what stands in a cell, and the functions that make an answer of a row.

Text, Pointer (id) and File (name) are ``text``, Number ``double precision``, Date ``timestamptz``, which our
connections hand over as milliseconds since 1970 UTC; GeoPoint is a ``point`` of (longitude, latitude),
Polygon a ``polygon`` of such points; Object, Array and Bytes are ``jsonb`` in REST form, handed over as text.
Null and absent are both NULL.

Rules: reference/storage-postgres.md, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

from parsonage.protocol.acl import acl_json
from parsonage.protocol.encoding import encode, wire_polygon
from parsonage.protocol.errors import InvalidJSON
from parsonage.protocol.values import File, GeoPoint, Pointer, Polygon, Value, format_date, to_milliseconds
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
)
from parsonage.storage.converters import EXPRESSIONS, NAMES, compiled
from parsonage.storage.found import Convert

Cell: TypeAlias = "str | int | float | bool | list[str] | tuple[Any, ...] | None"

JSON_TYPES = frozenset({FieldType.OBJECT, FieldType.ARRAY, FieldType.BYTES})
"""Types whose columns are ``jsonb``."""

COLUMN_TYPES: Mapping[FieldType, str] = {
    FieldType.STRING: "text",
    FieldType.NUMBER: "double precision",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "timestamp with time zone",
    FieldType.OBJECT: "jsonb",
    FieldType.ARRAY: "jsonb",
    FieldType.BYTES: "jsonb",
    FieldType.POINTER: "text",
    FieldType.FILE: "text",
    FieldType.GEO_POINT: "point",
    FieldType.POLYGON: "polygon",
}
"""The column type for each field type; relations and ACLs have no column of their own."""


def to_cell(field: Field, value: Value) -> Cell:
    """What goes into the column of a field.

    Raises IncorrectType (111) for a value of another type than the field.
    """
    if value is None:
        return None
    try:
        return _TO_CELL[field.type](value)
    except MISFITS:
        raise misfit(field, value) from None


def _point(value: GeoPoint) -> Cell:
    return (value.longitude, value.latitude)


def _polygon(value: Polygon) -> Cell:
    return tuple((longitude, latitude) for latitude, longitude in value.coordinates)


_TO_CELL: dict[FieldType, Callable[[Any], Cell]] = {
    FieldType.STRING: text_cell,
    FieldType.NUMBER: number_cell,
    FieldType.BOOLEAN: boolean_cell,
    FieldType.DATE: to_milliseconds,
    FieldType.OBJECT: json_cell(dict),
    FieldType.ARRAY: json_cell(list),
    FieldType.BYTES: json_cell(bytes),
    FieldType.POINTER: pointer_cell,
    FieldType.FILE: file_cell,
    FieldType.GEO_POINT: _point,
    FieldType.POLYGON: _polygon,
}


def column_text(field: Field, values: Sequence[Value]) -> str:
    """The cells of one field in many objects, as JSON text of a list of them: ``unpacked`` says how it is read.

    Raises IncorrectType (111) for a value of another type than the field, InvalidJSON (107) for text that is
    not Unicode.
    """
    kinds, make = _IN_COLUMN[field.type]
    if not kinds.issuperset(map(type, values)):
        raise misfit(field, next(value for value in values if type(value) not in kinds))
    return list_text(values if make is None else [None if value is None else make(value) for value in values])


def list_text(items: Sequence[Any]) -> str:
    """A list as JSON text. Raises InvalidJSON (107) for text that is not Unicode."""
    try:
        return orjson.dumps(items).decode()
    except orjson.JSONEncodeError:
        raise InvalidJSON("text must be valid Unicode") from None


def unpacked(columns: Sequence[str]) -> tuple[str, str]:
    """What reads lists of cells, the first at ``$1``, for columns of these types: a SELECT list, and its FROM."""
    cells = [f"c{place}" if kind == "text" else f"c{place}::{kind}" for place, kind in enumerate(columns)]
    lists = [f"json_array_elements_text(${place}::json)" for place in range(1, len(columns) + 1)]
    names = ", ".join(f"c{place}" for place in range(len(columns)))
    return ", ".join(cells), f"ROWS FROM ({', '.join(lists)}) AS r({names})"


def _point_text(value: GeoPoint) -> str:
    return f"({value.longitude!r},{value.latitude!r})"


def _polygon_text(value: Polygon) -> str:
    return f"({','.join(f'({longitude!r},{latitude!r})' for latitude, longitude in value.coordinates)})"


_NULL = type(None)
_IN_COLUMN: Mapping[FieldType, tuple[frozenset[type], Callable[[Any], Any] | None]] = {
    FieldType.STRING: (frozenset({str, _NULL}), None),
    FieldType.NUMBER: (frozenset({int, float, _NULL}), None),
    FieldType.BOOLEAN: (frozenset({bool, _NULL}), None),
    FieldType.DATE: (frozenset({datetime, _NULL}), format_date),
    FieldType.OBJECT: (frozenset({dict, _NULL}), encode),
    FieldType.ARRAY: (frozenset({list, _NULL}), encode),
    FieldType.BYTES: (frozenset({bytes, _NULL}), encode),
    FieldType.POINTER: (frozenset({Pointer, _NULL}), pointer_cell),
    FieldType.FILE: (frozenset({File, str, _NULL}), file_cell),
    FieldType.GEO_POINT: (frozenset({GeoPoint, _NULL}), _point_text),
    FieldType.POLYGON: (frozenset({Polygon, _NULL}), _polygon_text),
}
"""For each type of field the types of its values, and what makes JSON of one where it is none yet."""


def compile_converter(fields: Mapping[str, Field], *, as_text: bool) -> Convert:
    """A function that makes the JSON of an answer out of a row of these fields, in this order.

    Every row begins with ``objectId``, ``createdAt``, ``updatedAt``, ``_rperm`` and ``_wperm``. The function
    is written out and compiled, so that a row costs no loop over its fields: nothing but Python's own
    ``repr`` of a name ever gets into its text. With ``as_text`` Object, Array, Bytes and the ACL are
    ``orjson.Fragment``. Relations stand in every answer by their marker.
    """
    before = _BEFORE.replace("acl(", "acl_text(") if as_text else _BEFORE
    return _compiled(fields, as_text=as_text, before=before, leading=("object_id", "created", "updated", "r", "w"))


_BEFORE = """\
made = {"objectId": object_id}
if created is not None:
    made["createdAt"] = seconds[created // 1000] + fractions[created % 1000]
if updated is not None:
    made["updatedAt"] = seconds[updated // 1000] + fractions[updated % 1000]
if r is not None or w is not None:
    made["ACL"] = acl(tuple(r or ()), tuple(w or ()))
"""


@lru_cache(maxsize=4096)
def _acl_text(readers: tuple[str, ...], writers: tuple[str, ...]) -> orjson.Fragment:
    """An ACL as JSON text: objects of one answer share a few, and nobody changes a text."""
    return orjson.Fragment(orjson.dumps(acl_json(readers, writers)))


def compile_partial_converter(fields: Mapping[str, Field]) -> Convert:
    """The same for rows of nothing but these fields."""
    return _compiled(fields, as_text=False, before="made = {}", leading=())


def _compiled(fields: Mapping[str, Field], *, as_text: bool, before: str, leading: tuple[str, ...]) -> Convert:
    cells = [*leading]
    statements = [before]
    for place, (name, field) in enumerate(fields.items()):
        if field.type is FieldType.RELATION:
            statements.append(f"made[{name!r}] = relation({field.target_class!r})")
        elif field.type in COLUMN_TYPES:
            cell = f"c{place}"
            cells.append(cell)
            made = _EXPRESSIONS[field.type].format(c=cell, target=repr(field.target_class))
            there = f"{cell} is not None"
            if field.type in JSON_TYPES:
                there += f' and {cell} != "null"'  # which Parse Server may have left behind
                made = f"fragment({cell})" if as_text else made
            statements.append(f"if {there}:\n    made[{name!r}] = {made}")
    return compiled(cells, statements, _NAMES)


def _wire_polygon(cell: Any) -> dict[str, Any]:
    return wire_polygon(tuple((latitude, longitude) for longitude, latitude in cell.points))


_EXPRESSIONS: Mapping[FieldType, str] = {
    **EXPRESSIONS,
    FieldType.BOOLEAN: "{c}",
    FieldType.BYTES: "loads({c})",
    FieldType.POLYGON: "polygon({c})",
    FieldType.GEO_POINT: "geo_point({c}[1], {c}[0])",
}
_NAMES: Mapping[str, Any] = {**NAMES, "acl": acl_json, "acl_text": _acl_text, "polygon": _wire_polygon}
