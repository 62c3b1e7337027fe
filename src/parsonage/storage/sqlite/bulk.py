"""SQLiteBulk: a whole file read in one snapshot, or filled in groups.

It runs where it is called, and blocks: a command that copies has nothing else to do meanwhile.

Rules: reference/storage-sqlite.md, Table layout.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import apsw
import orjson

from parsonage.protocol.acl import ACL
from parsonage.protocol.errors import ParseError
from parsonage.protocol.values import to_milliseconds
from parsonage.schema.builtin import DEFAULT_FIELDS
from parsonage.schema.changes import SchemaChange
from parsonage.schema.model import ClassSchema, Field, FieldType, SchemaSet
from parsonage.storage.bulk import FoundClass, HoldsNothing, Link, WireObject
from parsonage.storage.found import Row
from parsonage.storage.interface import StorageUnavailable
from parsonage.storage.sqlite import schema as catalogue
from parsonage.storage.sqlite.acls import InternedACLs, StoredACLs
from parsonage.storage.sqlite.connect import check_library, connect, fetched, unavailable
from parsonage.storage.sqlite.tables import FOLDED_FIELDS, Table, Tables
from parsonage.storage.sqlite.values import Cell

_BUSY_MILLISECONDS = 5000


class SQLiteBulk:
    """A database in one file, by one connection."""

    def __init__(self, path: str | os.PathLike[str], *, reading: bool) -> None:
        """Name the file; nothing happens before ``open``."""
        self._path = Path(path)
        self._reading = reading
        self._acls = StoredACLs()
        self._tables = Tables(self._acls)

    @property
    def description(self) -> str:
        """``SQLite guestbook.db``."""
        return f"SQLite {self._path}"

    async def open(self) -> None:
        """Open the file; one that is to be filled is made. Raises StorageUnavailable, with the path in its text."""
        check_library()
        if self._reading and not self._path.exists():
            raise HoldsNothing(f"there is no file {self._path}")
        try:
            self._connection = connect(self._path, busy_milliseconds=_BUSY_MILLISECONDS, reading=self._reading)
            if self._reading:
                if not fetched(self._connection, "SELECT 1 FROM sqlite_schema WHERE name = '_SCHEMA'"):
                    raise HoldsNothing(f"{self._path} holds no app of Parsonage: it has no table _SCHEMA")
                self._connection.execute("BEGIN")
            else:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = NORMAL")
                catalogue.prepare(self._connection)
        except apsw.Error as error:
            raise unavailable(self._path, error) from error
        self._acls.connection = self._connection
        self._interned = InternedACLs(self._connection)
        self._renew()

    async def close(self) -> None:
        """Let go of the file."""
        if hasattr(self, "_connection"):
            self._connection.close()

    async def survey(self) -> list[FoundClass]:
        """Every class that the catalogue names, and the server's own."""
        rows = self._fetched('SELECT "className", "schema" FROM "_SCHEMA" ORDER BY rowid')
        documents = {name: orjson.loads(text) for name, text in rows}
        schemas = await self.schemas()
        found = []
        for name, schema in schemas.items():
            document = documents.get(name, {"className": name, "fields": schema.to_json()["fields"]})
            found.append(FoundClass(name, document, await self.count(schema), self._indexes(schema)))
        return found

    def _indexes(self, schema: ClassSchema) -> tuple[str, ...]:
        statement = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? ORDER BY name"
        return tuple(name for (name,) in self._fetched(statement, (self._tables.names.table(schema.name),)))

    async def schemas(self) -> SchemaSet:
        """Every class; each has its table here."""
        with self._said():
            return catalogue.Loader().load(self._connection)[0]

    async def count(self, schema: ClassSchema) -> int:
        """How many objects a class has."""
        return self._number(f"SELECT count(*) FROM {self._tables.of(schema).name}")

    async def count_links(self, schema: ClassSchema, key: str) -> int:
        """How many links a relation has."""
        return self._number(f"SELECT count(*) FROM {self._tables.of(schema).joins[key]}")

    async def scan(self, schema: ClassSchema, after: str | None, limit: int) -> list[WireObject]:
        """The next objects after an id, in the order of ids by their bytes."""
        table = self._tables.of(schema)
        projection = table.projection(tuple(_kept_fields(table)))
        statement = (
            f'SELECT {projection.select} FROM {table.name} AS o WHERE o."objectId" > ? ORDER BY o."objectId" LIMIT ?'
        )
        rows = self._fetched(statement, ("" if after is None else after, limit))
        convert = projection.convert
        return [convert(row) for row in rows]

    async def scan_links(self, schema: ClassSchema, key: str, after: Link | None, limit: int) -> list[Link]:
        """The next links of a relation, in the order of its primary key."""
        statement = (
            f'SELECT "owningId", "relatedId" FROM {self._tables.of(schema).joins[key]}'
            ' WHERE ("owningId", "relatedId") > (?, ?) ORDER BY "owningId", "relatedId" LIMIT ?'
        )
        return [(owner, related) for owner, related in self._fetched(statement, (*(after or ("", "")), limit))]

    async def note(self) -> str | None:
        """The note that was left with what was stored last."""
        rows = self._fetched("SELECT value FROM \"_Meta\" WHERE key = 'copy'")
        return str(rows[0][0]) if rows else None

    async def leave_note(self, note: str | None) -> None:
        """Leave a note, or take it away."""
        with self._said(), catalogue.transaction(self._connection):
            self._write_note(note)

    async def change_schema(self, changes: Sequence[SchemaChange]) -> None:
        """Carry out schema changes in one transaction."""
        with self._said(), catalogue.transaction(self._connection):
            carried_out = catalogue.Catalogue(self._connection)
            for one in changes:
                carried_out.carry_out(one)
            carried_out.announce()
        self._renew()

    async def load(self, schema: ClassSchema, objects: Sequence[WireObject], note: str) -> None:
        """Store objects that are not there yet, and the note, in one transaction."""
        table = self._tables.of(schema)
        fields = {name: field for name, field in _kept_fields(table).items() if name not in DEFAULT_FIELDS}
        acls = [_acl(made) for made in objects]
        with self._said(), catalogue.transaction(self._connection):
            self._interned.intern(acl for acl in acls if acl is not None)
            rows = [
                _row(table, fields, made, self._interned.id_of(acl)) for made, acl in zip(objects, acls, strict=True)
            ]
            self._connection.executemany(table.insert(tuple(fields)), rows)
            self._write_note(note)

    async def load_links(self, schema: ClassSchema, key: str, links: Sequence[Link], note: str) -> None:
        """Store links of a relation that are not there yet, and the note, in one transaction."""
        join = self._tables.of(schema).joins[key]
        with self._said(), catalogue.transaction(self._connection):
            self._connection.executemany(f'INSERT INTO {join} ("owningId", "relatedId") VALUES (?, ?)', links)
            self._write_note(note)

    def _write_note(self, note: str | None) -> None:
        if note is None:
            self._connection.execute("DELETE FROM \"_Meta\" WHERE key = 'copy'")
        else:
            self._connection.execute("INSERT OR REPLACE INTO \"_Meta\" VALUES ('copy', ?)", (note,))

    def _renew(self) -> None:
        with self._said():
            self._tables.renew(catalogue.Loader().load(self._connection)[1])

    def _number(self, statement: str) -> int:
        [(number,)] = self._fetched(statement)
        return int(number)

    def _fetched(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._said():
            return fetched(self._connection, statement, parameters)

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Say in one line what went wrong."""
        try:
            yield
        except ParseError as error:
            raise StorageUnavailable(f"{self.description}: {error.message}") from error
        except apsw.ConstraintError as error:
            raise StorageUnavailable(f"{self.description}: {error}") from error
        except apsw.Error as error:
            raise unavailable(self._path, error) from error


def _kept_fields(table: Table) -> dict[str, Field]:
    """The fields that have columns, private ones too; relations have tables of their own."""
    return {name: field for name, field in table.fields.items() if table.columns[name].cells}


def _acl(made: WireObject) -> ACL | None:
    json = made.get("ACL")
    if json is None:
        return None
    return ACL(*(frozenset(name for name, rights in json.items() if rights.get(right)) for right in ("read", "write")))


def _row(table: Table, fields: Mapping[str, Field], made: WireObject, acl: int) -> list[Cell]:
    # Some tables of Parse Server's have no dates; every table of ours has.
    created = _moment(made.get("createdAt", "1970-01-01T00:00:00.000Z"))
    updated = _moment(made["updatedAt"]) if "updatedAt" in made else created
    cells: list[Cell] = [made["objectId"], created, updated, acl]
    is_user = table.schema.name == "_User"
    for name, field in fields.items():
        value = made.get(name)
        if field.type is FieldType.GEO_POINT:
            cells += (None, None) if value is None else (value["latitude"], value["longitude"])
            continue
        cells.append(None if value is None else _CELL_OF[field.type](value))
        if is_user and name in FOLDED_FIELDS:
            cells.append(value.casefold() if isinstance(value, str) else None)
    return cells


def _moment(iso: str) -> int:
    return to_milliseconds(datetime.fromisoformat(iso))


def _json(value: Any) -> Cell:
    return orjson.dumps(value).decode()


_CELL_OF: Mapping[FieldType, Callable[[Any], Cell]] = {
    FieldType.STRING: lambda value: value,
    FieldType.NUMBER: float,
    FieldType.BOOLEAN: int,
    FieldType.DATE: lambda value: _moment(value["iso"]),
    FieldType.OBJECT: _json,
    FieldType.ARRAY: _json,
    FieldType.POLYGON: _json,
    FieldType.BYTES: lambda value: base64.b64decode(value["base64"] + "=="),  # written by any server, padded or not
    FieldType.POINTER: lambda value: value["objectId"],
    FieldType.FILE: lambda value: value["name"],
}
"""What goes into a column, from the form of an answer. What was stored once is not checked again."""
