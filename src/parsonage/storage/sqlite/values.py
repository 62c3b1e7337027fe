"""Values ↔ columns: what stands in a cell, and the functions that make an answer of a row.

Text, Pointer (id) and File (name) are TEXT, Number REAL, Boolean 0 or 1, Date milliseconds since 1970
UTC, Bytes BLOB, GeoPoint two REAL columns; Object, Array and Polygon are JSON text in REST form. Null and
absent are both NULL.

Rules: reference/storage-sqlite.md, Table layout.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from parsonage.protocol.acl import ACL
from parsonage.protocol.encoding import (
    decode_typed,
    encode,
    number,
    wire_bytes,
    wire_date,
    wire_file,
    wire_geo_point,
    wire_pointer,
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
        except (AttributeError, TypeError, KeyError):
            pass
    raise IncorrectType(f"a {type(value).__name__} does not fit a field of type {field}")


def _text(value: Any) -> Cell:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> Cell:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def _blob(value: Any) -> Cell:
    if not isinstance(value, bytes):
        raise TypeError
    return value


def _json_of(kind: type[dict[str, Any]] | type[list[Any]] | type[Polygon]) -> Callable[[Any], Cell]:
    def to_cell(value: Any) -> Cell:
        if not isinstance(value, kind):
            raise TypeError
        return to_json_text(value)

    return to_cell


def _file_name(value: File | str) -> Cell:
    return value if isinstance(value, str) else value.name


def _pointer_id(value: Pointer) -> Cell:
    return value.object_id


def _boolean(value: Any) -> Cell:
    if not isinstance(value, bool):
        raise TypeError
    return int(value)


_TO_CELL: dict[FieldType, Callable[[Any], Cell]] = {
    FieldType.STRING: _text,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: to_milliseconds,
    FieldType.OBJECT: _json_of(dict),
    FieldType.ARRAY: _json_of(list),
    FieldType.POLYGON: _json_of(Polygon),
    FieldType.BYTES: _blob,
    FieldType.POINTER: _pointer_id,
    FieldType.FILE: _file_name,
}


def from_cells(field: Field, cells: Sequence[Any]) -> Value:
    """The value that ``to_cells`` took apart. A field operation in the engine starts from it."""
    cell = cells[0]
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


def compile_converter(fields: Mapping[str, Field], acls: Mapping[int, StoredACL], *, as_text: bool) -> Convert:
    """A function that makes the JSON of an answer out of a row of these fields, in this order.

    The function is written out and compiled, so that a row costs no loop over its fields: nothing but
    Python's own ``repr`` of a name ever gets into its text. With ``as_text`` Object, Array, Polygon and
    ACL stay ``orjson.Fragment``. Relations stand in every answer by their marker.
    """
    return _compiled(
        fields,
        acls,
        as_text=as_text,
        before=(
            'made = {"objectId": object_id, "createdAt": seconds[created // 1000] + fractions[created % 1000]}\n'
            'made["updatedAt"] = seconds[updated // 1000] + fractions[updated % 1000]'
        ),
        after=(
            "if acl:\n    made['ACL'] = acls[acl].fragment"
            if as_text
            else "if acl:\n    made['ACL'] = acls[acl].json()"
        ),
        leading="object_id, created, updated, acl",
    )


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
    if cells:
        statements.insert(0, f"{', '.join(cells)}, = row")
    if after:
        statements.append(after)
    statements.append("return made")
    source = "def convert(row):\n" + textwrap.indent("\n".join(statements), "    ")
    namespace: dict[str, Any] = {**_NAMES, "acls": acls}
    exec(source, namespace)
    convert: Convert = namespace["convert"]
    return convert


_EXPRESSIONS: Mapping[FieldType, str] = {
    FieldType.STRING: "{c}",
    FieldType.NUMBER: "int({c}) if {c}.is_integer() and -1e18 < {c} < 1e18 else {c}",
    FieldType.BOOLEAN: "{c} == 1",
    FieldType.DATE: "date(seconds[{c} // 1000] + fractions[{c} % 1000])",
    FieldType.OBJECT: "loads({c})",
    FieldType.ARRAY: "loads({c})",
    FieldType.POLYGON: "loads({c})",
    FieldType.FILE: "file({c}, None)",
    FieldType.BYTES: "bytes_({c})",
    FieldType.POINTER: "pointer({target}, {c})",
}
_NAMES: Mapping[str, Any] = {
    "seconds": _SECONDS,
    "fractions": _FRACTIONS,
    "date": wire_date,
    "loads": orjson.loads,
    "fragment": orjson.Fragment,
    "file": wire_file,
    "bytes_": wire_bytes,
    "pointer": wire_pointer,
    "relation": wire_relation,
    "geo_point": wire_geo_point,
}


def has_one_form(value: Value) -> bool:
    """Whether equal values have equal JSON text: no map in it has two keys that might change places."""
    if isinstance(value, dict):
        return len(value) < 2 and all(map(has_one_form, value.values()))
    return all(map(has_one_form, value)) if isinstance(value, list) else True
