"""Values ↔ columns: what stands in a cell, and the functions that make an answer of a row.

Text, Pointer (id) and File (name) are ``text``, Number ``double precision``, Date ``timestamptz``, which our
connections hand over as milliseconds since 1970 UTC; GeoPoint is a ``point`` of (longitude, latitude),
Polygon a ``polygon`` of such points; Object, Array and Bytes are ``jsonb`` in REST form, handed over as text.
Null and absent are both NULL.

Rules: reference/storage-postgres.md, sections 2 and 3.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from parsonage.protocol.acl import acl_json
from parsonage.protocol.encoding import (
    decode_typed,
    encode,
    number,
    wire_date,
    wire_file,
    wire_geo_point,
    wire_pointer,
    wire_polygon,
    wire_relation,
)
from parsonage.protocol.errors import IncorrectType, InvalidJSON
from parsonage.protocol.values import (
    File,
    GeoPoint,
    Pointer,
    Polygon,
    Value,
    format_milliseconds,
    to_milliseconds,
)
from parsonage.schema.model import Field, FieldType
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


def to_json_text(value: Value) -> str:
    """A value as JSON text in REST form: what stands in the column of an Object or Array.

    Raises InvalidJSON (107) for what JSON can't carry, such as half of a surrogate pair.
    """
    try:
        return orjson.dumps(encode(value)).decode()
    except orjson.JSONEncodeError:
        raise InvalidJSON("the value can't be written as JSON") from None


def from_json_text(text: str) -> Value:
    """What ``to_json_text`` wrote, as a value again."""
    return _decoded(orjson.loads(text))


def _decoded(json: Any) -> Value:
    # Not protocol.decode: what is stored was checked when it came, and must be readable whatever it is.
    if type(json) is dict:
        kind = json.get("__type")
        if kind is not None:
            return decode_typed(kind, json)
        return {key: _decoded(item) for key, item in json.items()}
    if type(json) is list:
        return [_decoded(item) for item in json]
    return number(json) if type(json) is float else json


def to_cell(field: Field, value: Value) -> Cell:
    """What goes into the column of a field.

    Raises IncorrectType (111) for a value of another type than the field.
    """
    if value is None:
        return None
    try:
        return _TO_CELL[field.type](value)
    except (AttributeError, TypeError, KeyError):
        raise IncorrectType(f"a {type(value).__name__} does not fit a field of type {field}") from None


def _text(value: Any) -> Cell:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> Cell:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def _boolean(value: Any) -> Cell:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _json_of(kind: type[dict[str, Any]] | type[list[Any]] | type[bytes]) -> Callable[[Any], Cell]:
    def to_json(value: Any) -> Cell:
        if not isinstance(value, kind):
            raise TypeError
        return to_json_text(value)

    return to_json


def _file_name(value: File | str) -> Cell:
    return value if isinstance(value, str) else value.name


def _pointer_id(value: Pointer) -> Cell:
    return value.object_id


def _point(value: GeoPoint) -> Cell:
    return (value.longitude, value.latitude)


def _polygon(value: Polygon) -> Cell:
    return tuple((longitude, latitude) for latitude, longitude in value.coordinates)


_TO_CELL: dict[FieldType, Callable[[Any], Cell]] = {
    FieldType.STRING: _text,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: to_milliseconds,
    FieldType.OBJECT: _json_of(dict),
    FieldType.ARRAY: _json_of(list),
    FieldType.BYTES: _json_of(bytes),
    FieldType.POINTER: _pointer_id,
    FieldType.FILE: _file_name,
    FieldType.GEO_POINT: _point,
    FieldType.POLYGON: _polygon,
}


def from_cell(field: Field, cell: Any) -> Value:
    """The value that ``to_cell`` took apart, for a field operation that starts from it.

    Only numbers, lists and maps have such operations; any other cell comes back as it is.
    """
    if cell is None:
        return None
    match field.type:
        case FieldType.NUMBER:
            return number(cell)
        case FieldType.OBJECT | FieldType.ARRAY:
            return from_json_text(cell)
    return cell  # type: ignore[no-any-return]


class _Clock(dict[int, str]):
    """The text of a second, remembered: rows of one answer lie close together, and ``isoformat`` is slow."""

    def __missing__(self, second: int) -> str:
        if len(self) > 20_000:
            self.clear()
        text = self[second] = format_milliseconds(second * 1000)[:-4]
        return text


_SECONDS = _Clock()
_FRACTIONS = tuple(f"{milliseconds:03d}Z" for milliseconds in range(1000))


def compile_converter(fields: Mapping[str, Field], *, as_text: bool) -> Convert:
    """A function that makes the JSON of an answer out of a row of these fields, in this order.

    Every row begins with ``objectId``, ``createdAt``, ``updatedAt``, ``_rperm`` and ``_wperm``. The function
    is written out and compiled, so that a row costs no loop over its fields: nothing but Python's own
    ``repr`` of a name ever gets into its text. With ``as_text`` Object, Array and Bytes stay
    ``orjson.Fragment``. Relations stand in every answer by their marker.
    """
    return _compiled(fields, as_text=as_text, before=_BEFORE, leading=("object_id", "created", "updated", "r", "w"))


_BEFORE = """\
made = {"objectId": object_id}
if created is not None:
    made["createdAt"] = seconds[created // 1000] + fractions[created % 1000]
if updated is not None:
    made["updatedAt"] = seconds[updated // 1000] + fractions[updated % 1000]
if r is not None or w is not None:
    made["ACL"] = acl(r or (), w or ())
"""


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
    if cells:
        statements.insert(0, f"{', '.join(cells)}, = row")
    statements.append("return made")
    source = "def convert(row):\n" + textwrap.indent("\n".join(statements), "    ")
    namespace: dict[str, Any] = {**_NAMES}
    exec(source, namespace)
    convert: Convert = namespace["convert"]
    return convert


def _wire_polygon(cell: Any) -> dict[str, Any]:
    return wire_polygon(tuple((latitude, longitude) for longitude, latitude in cell.points))


_EXPRESSIONS: Mapping[FieldType, str] = {
    FieldType.STRING: "{c}",
    FieldType.NUMBER: "int({c}) if {c}.is_integer() and -1e18 < {c} < 1e18 else {c}",
    FieldType.BOOLEAN: "{c}",
    FieldType.DATE: "date(seconds[{c} // 1000] + fractions[{c} % 1000])",
    FieldType.OBJECT: "loads({c})",
    FieldType.ARRAY: "loads({c})",
    FieldType.BYTES: "loads({c})",
    FieldType.POLYGON: "polygon({c})",
    FieldType.FILE: "file({c}, None)",
    FieldType.POINTER: "pointer({target}, {c})",
    FieldType.GEO_POINT: "geo_point({c}[1], {c}[0])",
}
_NAMES: Mapping[str, Any] = {
    "seconds": _SECONDS,
    "fractions": _FRACTIONS,
    "acl": acl_json,
    "date": wire_date,
    "loads": orjson.loads,
    "fragment": orjson.Fragment,
    "file": wire_file,
    "polygon": _wire_polygon,
    "pointer": wire_pointer,
    "relation": wire_relation,
    "geo_point": wire_geo_point,
}
