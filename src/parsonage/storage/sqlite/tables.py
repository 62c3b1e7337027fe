"""Classes as tables: what they and their columns are called, and the statements compiled for each class.

SQLite takes ``Note`` and ``note`` for one table, Parse does not. So a name that is taken in another
spelling gets a tail (``note~2``), which the catalogue records; every other name stands as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from parsonage.protocol.values import Value
from parsonage.schema.builtin import BARE_CLASSES, PRIVATE_FIELDS
from parsonage.schema.model import ClassSchema, Field, FieldType
from parsonage.storage.found import Convert, Row
from parsonage.storage.sqlite.values import (
    Cell,
    StoredACL,
    compile_converter,
    compile_partial_converter,
    to_cells,
)

PLACE_TYPES = frozenset({FieldType.GEO_POINT, FieldType.POLYGON})
"""Types whose fields have an index of places."""

_OWN_COLUMNS = {"objectId", "createdAt", "updatedAt"}
_TAKEN_PREFIXES = ("sqlite_", "json_")
"""Names that SQLite keeps for itself, and those of the table functions that our statements use."""
_TAKEN_NAMES = frozenset({"rowid", "oid"})


def quoted(name: str) -> str:
    """A name as it stands in a statement. Every name in every statement goes through here."""
    return '"' + name.replace('"', '""') + '"'


def free_name(name: str, taken: Collection[str]) -> str:
    """The name itself, or with a tail if SQLite could mix it up with one of the lower-case ``taken`` ones."""
    made = f"~{name}" if name.lower().startswith(_TAKEN_PREFIXES) or name.lower() in _TAKEN_NAMES else name
    number = 1
    while made.lower() in taken:
        number += 1
        made = f"{name}~{number}"
    return made


class Names(msgspec.Struct, frozen=True):
    """What classes and fields are called in the file, where it is not their own name; and which relations exist."""

    tables: Mapping[str, str] = {}
    columns: Mapping[tuple[str, str], str] = {}
    relations: frozenset[tuple[str, str]] = frozenset()
    """Pairs of class and key."""
    texts: frozenset[str] = frozenset()
    """The full-text indexes that there are, as ``texts`` names them."""

    def table(self, class_name: str) -> str:
        """The table of a class."""
        return self.tables.get(class_name, class_name)

    def column(self, class_name: str, field: str) -> str:
        """The column of a field; a GeoPoint's two have this name and a tail."""
        return self.columns.get((class_name, field), field)

    def join(self, class_name: str, key: str) -> str:
        """The table that holds the links of a relation."""
        return f"_Join:{self.column(class_name, key)}:{self.table(class_name)}"

    def places(self, class_name: str, field: str) -> str:
        """The table that indexes where the places of a field are."""
        return places_name(self.column(class_name, field), self.table(class_name))


def places_name(column: str, table: str) -> str:
    """The index of places over a column, as ``places`` makes it."""
    return f"_Places:{column}:{table}"


def column_names(name: str, field: Field) -> tuple[str, ...]:
    """The columns that a field takes, given the name that is its own; none for relations and ACLs."""
    if field.type is FieldType.GEO_POINT:
        return (f"{name}:latitude", f"{name}:longitude")
    return () if field.type in (FieldType.RELATION, FieldType.ACL) else (name,)


class Column(msgspec.Struct, frozen=True):
    """One field of a table: ``cells`` are its column names, quoted."""

    field: Field
    cells: tuple[str, ...]


class Columns(dict[str, Column]):
    """The columns of a class by field, each made when it is first asked for.

    A class that grows field by field is compiled anew each time, and of many columns few are looked at.
    """

    def __init__(self, class_name: str, fields: Mapping[str, Field], names: Names) -> None:
        super().__init__()
        self._class_name = class_name
        self._fields = fields
        self._names = names

    def __missing__(self, name: str) -> Column:
        field = self._fields[name]
        cells = column_names(self._names.column(self._class_name, name), field)
        made = self[name] = Column(field, tuple(map(quoted, cells)))
        return made

    def find(self, name: str) -> Column | None:
        """The column of a field; ``None`` where the class has no such field."""
        return self[name] if name in self._fields else None


class Projection:
    """The columns that a find was asked for, and what makes answers of them.

    Most are asked for one of the two forms only, so each converter is compiled at its first row.
    """

    __slots__ = ("_acls", "_fields", "_with_dates", "by_id", "convert", "convert_as_text", "select")

    def __init__(self, table: Table, fields: Mapping[str, Field], acls: Mapping[int, StoredACL]) -> None:
        self._fields = fields
        self._acls = acls
        self._with_dates = table.schema.name not in BARE_CLASSES
        self.select = ", ".join(
            [
                'o."objectId", o."createdAt", o."updatedAt", o."_acl"',
                *(f"o.{cell}" for name in fields for cell in table.columns[name].cells),
            ]
        )
        self.by_id = f'SELECT {self.select} FROM {table.name} AS o WHERE o."objectId" = ?'
        self.convert: Convert = self._compile
        self.convert_as_text: Convert = self._compile_as_text

    def _compile(self, row: Row) -> dict[str, Any]:
        # Whoever took this converter before its first row asks it for every row that it has.
        if self.convert == self._compile:
            self.convert = self._compiled(as_text=False)
        return self.convert(row)

    def _compile_as_text(self, row: Row) -> dict[str, Any]:
        if self.convert_as_text == self._compile_as_text:
            self.convert_as_text = self._compiled(as_text=True)
        return self.convert_as_text(row)

    def _compiled(self, *, as_text: bool) -> Convert:
        return compile_converter(self._fields, self._acls, as_text=as_text, with_dates=self._with_dates)


class Returning:
    """Columns that a write is to hand back."""

    __slots__ = ("convert", "select")

    def __init__(self, table: Table, fields: Mapping[str, Field]) -> None:
        cells = [cell for name in fields for cell in table.columns[name].cells]
        self.select = ", ".join(cells)
        self.convert = compile_partial_converter(fields)


class Table:
    """One class compiled: its names in the file, and the texts of statements that come again and again."""

    def __init__(self, schema: ClassSchema, names: Names, acls: Mapping[int, StoredACL]) -> None:
        self.schema = schema
        self.names = names
        self.name = quoted(names.table(schema.name))
        self._acls = acls
        self.fields: dict[str, Field] = {**schema.fields, **PRIVATE_FIELDS.get(schema.name, {})}
        self.columns = Columns(schema.name, self.fields, names)
        self.joins = {
            name: quoted(names.join(schema.name, name))
            for name, field in schema.fields.items()
            if field.type is FieldType.RELATION
        }
        self.places = {
            name: quoted(names.places(schema.name, name))
            for name, field in schema.fields.items()
            if field.type in PLACE_TYPES
        }
        self.indexed_fields = frozenset(
            next(iter(fields)) for fields in schema.indexes.values() if fields
        ) | _INDEXED_FIELDS.get(schema.name, frozenset())
        self._projections: dict[tuple[str, ...] | None, Projection] = {}
        self._returnings: dict[tuple[str, ...], Returning] = {}
        self._inserts: dict[tuple[str, ...], str] = {}

    def projection(self, fields: Sequence[str] | None) -> Projection:
        """The columns for some fields, or for all that the schema shows; names that it lacks are passed over."""
        key = None if fields is None else tuple(fields)
        found = self._projections.get(key)
        if found is None:
            if len(self._projections) > 200:  # clients choose the keys
                self._projections.clear()
            wanted = self.schema.fields if fields is None else dict.fromkeys(fields)
            shown = {name: self.fields[name] for name in wanted if name in self.fields and name not in _OWN_COLUMNS}
            for name in self.joins:
                shown.setdefault(name, self.fields[name])
            found = self._projections[key] = Projection(self, shown, self._acls)
        return found

    def returning(self, fields: tuple[str, ...]) -> Returning:
        """The columns whose values after a write are wanted."""
        found = self._returnings.get(fields)
        if found is None:
            if len(self._returnings) > 200:
                self._returnings.clear()
            shown = {name: self.fields[name] for name in fields if name in self.fields}
            found = self._returnings[fields] = Returning(self, shown)
        return found

    def insert(self, fields: tuple[str, ...]) -> str:
        """The statement that stores an object with these fields, in the order of ``cells_of``."""
        found = self._inserts.get(fields)
        if found is None:
            if len(self._inserts) > 200:
                self._inserts.clear()
            cells = ['"objectId"', '"createdAt"', '"updatedAt"', '"_acl"']
            cells += [cell for name in fields for cell in self.cells_written(name)]
            places = ", ".join("?" * len(cells))
            found = self._inserts[fields] = f"INSERT INTO {self.name} ({', '.join(cells)}) VALUES ({places})"
        return found

    def cells_written(self, field: str) -> tuple[str, ...]:
        """The columns that a write of a field fills: a user's name and address have a folded twin."""
        cells = self.columns[field].cells
        return (*cells, quoted(folded(field))) if self._is_folded(field) else cells

    def cells_of(self, field: str, value: Value) -> tuple[Cell, ...]:
        """What goes into those columns. Raises IncorrectType (111) for a value of another type."""
        cells = to_cells(self.columns[field].field, value)
        if self._is_folded(field):
            return (*cells, value.lower() if isinstance(value, str) else None)
        return cells

    def _is_folded(self, field: str) -> bool:
        return self.schema.name == "_User" and field in FOLDED_FIELDS


FOLDED_FIELDS = ("username", "email")
"""Fields of ``_User`` that must be unique whatever the case: SQLite itself folds nothing but ASCII."""


def folded(field: str) -> str:
    """The column that holds a field folded for comparison without case."""
    return f"_{field}_folded"


_INDEXED_FIELDS: Mapping[str, frozenset[str]] = {
    "_User": frozenset({"username", "email"}),
    "_Role": frozenset({"name"}),
    "_Session": frozenset({"sessionToken", "user"}),
}


class Tables:
    """The compiled classes, each made once for a schema. Threads share it: every step is one dict operation."""

    def __init__(self, acls: Mapping[int, StoredACL]) -> None:
        self.names = Names()
        self._acls = acls
        self._compiled: dict[int, Table] = {}

    def renew(self, names: Names) -> None:
        """The catalogue has changed: compile anew, with these names."""
        self.names, self._compiled = names, {}

    def of(self, schema: ClassSchema) -> Table:
        """The table of a class as this schema says it is."""
        compiled = self._compiled
        # A schema is told by its identity; the table holds it, so that its id can't be given away.
        table = compiled.get(id(schema))
        if table is None:
            if len(compiled) > 1000:
                compiled.clear()
            table = compiled[id(schema)] = Table(schema, self.names, self._acls)
        return table
