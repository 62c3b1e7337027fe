"""Classes as tables: their names and columns, and the statements compiled for each class.

Every class and every field has its own name in the database, as Parse Server gives it. PostgreSQL itself
cuts names at 63 bytes, in every statement alike; ``cut`` says what it makes of one.

Rules: reference/storage-postgres.md, sections 1, 3, 5 and 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from parsonage.schema.builtin import BARE_CLASSES, PRIVATE_FIELDS
from parsonage.schema.model import ClassSchema, Field, FieldType
from parsonage.storage.found import Convert, Row
from parsonage.storage.postgresql.values import COLUMN_TYPES, compile_converter, compile_partial_converter, unpacked

LONGEST_NAME = 63
"""Bytes of a name that PostgreSQL keeps."""

OWN_COLUMNS = ("objectId", "createdAt", "updatedAt")

_HOOK_ID = """coalesce(o."functionName", o."triggerName" || '.' || o."className")"""
"""What tells one hook from another: their table has no ``objectId`` either."""


def quoted(name: str) -> str:
    """A name as it stands in a statement. Every name in every statement goes through here."""
    return '"' + name.replace('"', '""') + '"'


def cut(name: str) -> str:
    """What PostgreSQL makes of a name: its first 63 bytes, no letter cut in two."""
    return name.encode()[:LONGEST_NAME].decode(errors="ignore")


def join_name(class_name: str, key: str) -> str:
    """The table that holds the links of a relation."""
    return f"_Join:{key}:{class_name}"


def has_column(class_name: str, name: str, field: Field) -> bool:
    """Whether a field has a column. A user's password has none: its hash stands in a private one."""
    return field.type in COLUMN_TYPES and not (class_name == "_User" and name == "password")


class Column(msgspec.Struct, frozen=True):
    """One field of a table: ``name`` is its column, quoted, or ``None`` where it has none."""

    field: Field
    name: str | None

    @property
    def type(self) -> str:
        """The column's type."""
        return COLUMN_TYPES[self.field.type]


class Projection:
    """The columns that a find was asked for, and what makes answers of them.

    Most are asked for one of the two forms only, so each converter is compiled at its first row.
    """

    __slots__ = ("_fields", "by_id", "convert", "convert_as_text", "select")

    def __init__(self, table: Table, fields: Mapping[str, Field]) -> None:
        self._fields = fields
        columns = [f"o.{name}" for field in fields if (name := table.columns[field].name) is not None]
        self.select = ", ".join([table.leading, *columns])
        self.by_id = f"SELECT {self.select} FROM {table.name} AS o WHERE {table.id} = $1"
        self.convert: Convert = self._compile
        self.convert_as_text: Convert = self._compile_as_text

    def _compile(self, row: Row) -> dict[str, Any]:
        # Whoever took this converter before its first row asks it for every row that it has.
        if self.convert == self._compile:
            self.convert = compile_converter(self._fields, as_text=False)
        return self.convert(row)

    def _compile_as_text(self, row: Row) -> dict[str, Any]:
        if self.convert_as_text == self._compile_as_text:
            self.convert_as_text = compile_converter(self._fields, as_text=True)
        return self.convert_as_text(row)


class Returning:
    """Columns that a write is to hand back."""

    __slots__ = ("convert", "select")

    def __init__(self, table: Table, fields: Mapping[str, Field]) -> None:
        with_column = {name: field for name, field in fields.items() if table.columns[name].name is not None}
        self.select = ", ".join(f"o.{table.columns[name].name}" for name in with_column)
        self.convert = compile_partial_converter(with_column)


class Table:
    """One class compiled: its names, and the texts of statements that come again and again."""

    def __init__(self, schema: ClassSchema) -> None:
        self.schema = schema
        self.name = quoted(schema.name)
        self.is_bare = schema.name in BARE_CLASSES
        self.id = _HOOK_ID if schema.name == "_Hooks" else 'o."objectId"'
        self.leading = ", ".join([self.id, *([_NOTHING] if self.is_bare else [_DATES_AND_PERMISSIONS])])
        self.fields: dict[str, Field] = {**schema.fields, **PRIVATE_FIELDS.get(schema.name, {})}
        absent = frozenset({"createdAt", "updatedAt"} if self.is_bare else ())
        self.columns = {
            name: Column(field, quoted(name) if has_column(schema.name, name, field) and name not in absent else None)
            for name, field in self.fields.items()
        }
        self.joins = {
            name: quoted(join_name(schema.name, name))
            for name, field in schema.fields.items()
            if field.type is FieldType.RELATION
        }
        self._projections: dict[tuple[str, ...] | None, Projection] = {}
        self._returnings: dict[tuple[str, ...], Returning] = {}
        self._inserts: dict[tuple[tuple[str, ...], bool], str] = {}

    def projection(self, fields: Sequence[str] | None) -> Projection:
        """The columns for some fields, or for all that the schema shows; names that it lacks are passed over."""
        key = None if fields is None else tuple(fields)
        found = self._projections.get(key)
        if found is None:
            if len(self._projections) > 200:  # clients choose the keys
                self._projections.clear()
            wanted = self.schema.fields if fields is None else dict.fromkeys(fields)
            shown = {name: self.fields[name] for name in wanted if name in self.fields and self._is_shown(name)}
            for name in self.joins:
                shown.setdefault(name, self.fields[name])
            found = self._projections[key] = Projection(self, shown)
        return found

    def _is_shown(self, name: str) -> bool:
        return name not in OWN_COLUMNS and (self.columns[name].name is not None or name in self.joins)

    def returning(self, fields: tuple[str, ...]) -> Returning:
        """The columns whose values after a write are wanted."""
        found = self._returnings.get(fields)
        if found is None:
            if len(self._returnings) > 200:
                self._returnings.clear()
            shown = {name: self.fields[name] for name in fields if name in self.fields}
            found = self._returnings[fields] = Returning(self, shown)
        return found

    def insert(self, fields: tuple[str, ...], *, many: bool) -> str:
        """The statement that stores an object with these fields; with ``many``, one list for each column.

        The parameters are id, dates and permissions (id alone for a bare class), then the fields. The lists of
        ``many`` are JSON text: the driver would ask every element of an array what it is. Permissions in them
        are texts, as ``array_text`` makes them.
        """
        key = (fields, many)
        found = self._inserts.get(key)
        if found is None:
            if len(self._inserts) > 200:
                self._inserts.clear()
            found = self._inserts[key] = self._insert(fields, many=many)
        return found

    def _insert(self, fields: tuple[str, ...], *, many: bool) -> str:
        typed = {} if self.schema.name == "_Hooks" else {'"objectId"': "text"}
        if not self.is_bare:
            typed |= {'"createdAt"': _MOMENT, '"updatedAt"': _MOMENT, '"_rperm"': "text[]", '"_wperm"': "text[]"}
        for field in fields:
            column = self.columns[field]
            if column.name is not None:
                typed[column.name] = column.type
        into = f"INSERT INTO {self.name} ({', '.join(typed)})"
        if not many:
            places = ", ".join(f"${place}::{kind}" for place, kind in enumerate(typed.values(), 1))
            return f"{into} VALUES ({places})"
        cells, lists = unpacked(list(typed.values()))
        return f"{into} SELECT {cells} FROM {lists}"


_MOMENT = "timestamp with time zone"
_DATES_AND_PERMISSIONS = 'o."createdAt", o."updatedAt", o."_rperm", o."_wperm"'
_NOTHING = "NULL::timestamptz, NULL::timestamptz, NULL::text[], NULL::text[]"


def array_text(names: Sequence[str] | None) -> str | None:
    """A list of names as PostgreSQL writes an array in text."""
    if names is None:
        return None
    escaped = (name.replace("\\", "\\\\").replace('"', '\\"') for name in names)
    return "{" + ",".join(f'"{name}"' for name in escaped) + "}"


class Tables:
    """The compiled classes, each made once for a schema, and which relations there are."""

    def __init__(self) -> None:
        self.relations: frozenset[tuple[str, str]] = frozenset()
        """Pairs of class and key."""
        self._compiled: dict[int, Table] = {}

    def renew(self, relations: frozenset[tuple[str, str]]) -> None:
        """The catalogue was read anew."""
        self.relations, self._compiled = relations, {}

    def of(self, schema: ClassSchema) -> Table:
        """The table of a class as this schema says it is."""
        compiled = self._compiled
        # A schema is told by its identity; the table holds it, so that its id can't be given away.
        table = compiled.get(id(schema))
        if table is None:
            if len(compiled) > 1000:
                compiled.clear()
            table = compiled[id(schema)] = Table(schema)
        return table
