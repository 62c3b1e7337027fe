"""PostgreSQLBulk: a whole database read in one snapshot, or filled by COPY.

A reading one lives in a single read-only transaction: nothing can be written by it, everything is seen as
it was when it was opened, and a proxy that hands each transaction to another connection is no obstacle.

Rules: reference/storage-postgres.md, sections 1 to 6.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
import msgspec
import orjson

from parsonage.protocol.errors import ParseError
from parsonage.protocol.values import to_milliseconds
from parsonage.schema.builtin import DEFAULT_FIELDS, PRIVATE_FIELDS, VOLATILE
from parsonage.schema.changes import SchemaChange
from parsonage.schema.model import ClassSchema, Field, FieldType, SchemaSet
from parsonage.storage.bulk import FoundClass, HoldsNothing, Link, WireObject
from parsonage.storage.interface import StorageUnavailable
from parsonage.storage.postgresql import schema as catalogue
from parsonage.storage.postgresql.connect import LOST, Connections, address_of, attempted, closed, unavailable
from parsonage.storage.postgresql.tables import OWN_COLUMNS, Table, cut, has_column, join_name, quoted
from parsonage.storage.postgresql.values import COLUMN_TYPES, Cell

T = TypeVar("T")

_STATEMENT_SECONDS = 3600.0
_SILENCE_SECONDS = 5.0
_WAIT_SECONDS = 10.0

_NOTE_TABLE = '"_ParsonageCopy"'
"""Parse Server knows no class of this name; a column without an underscore would be shown to its clients."""

_INDEXES = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname"


class PostgreSQLBulk:
    """A database on a PostgreSQL server, by one connection."""

    def __init__(self, uri: str, *, reading: bool) -> None:
        """Name the database; nothing happens before ``open``. Raises StorageUnavailable for a bad URI."""
        self._address = address_of(uri)
        self._reading = reading
        self._connection: Any = None
        self._columns: dict[str, dict[str, str]] = {}
        self._compiled: dict[str, tuple[ClassSchema, Table]] = {}

    @property
    def description(self) -> str:
        """``PostgreSQL localhost:5432/house``."""
        return f"PostgreSQL {self._address.label}"

    async def open(self) -> None:
        """Connect; one that is to be filled makes what an empty database lacks. Raises StorageUnavailable."""
        connections = Connections(
            self._address,
            statement_seconds=_STATEMENT_SECONDS,
            silence_seconds=_SILENCE_SECONDS,
            wait_seconds=_WAIT_SECONDS,
        )
        try:
            self._connection = await connections.connect()
        except (asyncpg.PostgresError, ValueError, *LOST) as error:
            raise unavailable(self._address, error) from error
        await self._said(self._prepared)

    async def _prepared(self) -> None:
        if self._reading:
            await self._connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        else:
            await attempted(lambda: catalogue.prepare(self._connection), again=catalogue.CLASHES)
        await self._look_at_columns()
        if "_SCHEMA" not in self._columns:
            raise HoldsNothing(f"{self.description} holds no Parse app: it has no table _SCHEMA")

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await closed(self._connection)

    async def survey(self) -> list[FoundClass]:
        """Every class that the catalogue names, and the server's own, even those that can't be used."""
        return await self._said(self._survey)

    async def _survey(self) -> list[FoundClass]:
        rows = await self._connection.fetch('SELECT "className", "schema"::text FROM "_SCHEMA" ORDER BY "className"')
        documents = {name: orjson.loads(text) for name, text in rows}
        for name, schema in VOLATILE.items():
            if name in self._columns:
                documents.setdefault(name, {"className": name, "fields": schema.to_json()["fields"]})
        indexes: dict[str, list[str]] = {}
        for table, index in await self._connection.fetch(_INDEXES):
            indexes.setdefault(table, []).append(index)
        shared = _shared_names(documents)
        found = []
        for name, document in documents.items():
            table = cut(name)
            has_table = table in self._columns
            problems = self._problems(name, document) if has_table else ["it stands in _SCHEMA, and has no table"]
            if name in shared:
                problems.append(f"another class has the same table: PostgreSQL keeps 63 bytes of a name ({table})")
            count = await self._number(f"SELECT count(*) FROM {quoted(name)}") if has_table else 0
            found.append(FoundClass(name, document, count, tuple(indexes.get(table, ())), tuple(problems)))
        return found

    def _problems(self, class_name: str, document: Mapping[str, Any]) -> list[str]:
        columns = self._columns[cut(class_name)]
        problems = []
        for name, json in document.get("fields", {}).items():
            try:
                field = Field(FieldType(json["type"]), json.get("targetClass"))
            except (ValueError, KeyError, TypeError):
                continue  # told by whoever reads the document
            if field.type is FieldType.RELATION and cut(join_name(class_name, name)) not in self._columns:
                problems.append(f"the relation {name} has no table")
            if name.startswith("_") or not has_column(class_name, name, field):
                continue
            there, expected = columns.get(cut(name)), COLUMN_TYPES[field.type]
            if there is None:
                if class_name not in VOLATILE:
                    problems.append(f"the field {name} has no column")
            elif there != expected:
                problems.append(f"the column of {name} has the type {there}; a {field} is {expected}")
        return problems

    async def schemas(self) -> SchemaSet:
        """The classes whose tables are there, each with the fields that have a column, or a table of links."""
        try:
            loaded, _ = await self._said(lambda: catalogue.load(self._connection))
        except ValueError as error:
            raise StorageUnavailable(f"{self.description} has a field of a type that nobody knows: {error}") from None
        present = {
            name: msgspec.structs.replace(
                schema, fields={key: field for key, field in schema.fields.items() if self._is_there(name, key, field)}
            )
            for name, schema in loaded.items()
            if cut(name) in self._columns
        }
        return SchemaSet(present, loaded.version)

    def _is_there(self, class_name: str, key: str, field: Field) -> bool:
        if field.type is FieldType.RELATION:
            return cut(join_name(class_name, key)) in self._columns
        return key in DEFAULT_FIELDS or cut(key) in self._columns[cut(class_name)]

    async def count(self, schema: ClassSchema) -> int:
        """How many objects a class has."""
        return await self._said(lambda: self._number(f"SELECT count(*) FROM {quoted(schema.name)}"))

    async def count_links(self, schema: ClassSchema, key: str) -> int:
        """How many links a relation has."""
        table = quoted(join_name(schema.name, key))
        return await self._said(lambda: self._number(f"SELECT count(*) FROM {table}"))

    async def scan(self, schema: ClassSchema, after: str | None, limit: int) -> list[WireObject]:
        """The next objects after an id, in the order of ids as the database sorts them."""
        table = self._table(schema)
        projection = table.projection(tuple(self._kept_fields(schema)))
        beyond = "" if after is None else f" WHERE {table.id} > $2"
        statement = f"SELECT {projection.select} FROM {table.name} AS o{beyond} ORDER BY {table.id} LIMIT $1"
        parameters = [limit] if after is None else [limit, after]
        rows = await self._said(lambda: self._connection.fetch(statement, *parameters))
        convert = projection.convert
        return [convert(row) for row in rows]

    async def scan_links(self, schema: ClassSchema, key: str, after: Link | None, limit: int) -> list[Link]:
        """The next links of a relation, in the order of its primary key."""
        beyond = "" if after is None else ' WHERE ("relatedId", "owningId") > ($2, $3)'
        statement = (
            f'SELECT "owningId", "relatedId" FROM {quoted(join_name(schema.name, key))}{beyond}'
            ' ORDER BY "relatedId", "owningId" LIMIT $1'
        )
        parameters = [limit] if after is None else [limit, after[1], after[0]]
        rows = await self._said(lambda: self._connection.fetch(statement, *parameters))
        return [(owner, related) for owner, related in rows]

    async def note(self) -> str | None:
        """The note that was left with what was stored last."""
        if _NOTE_TABLE.strip('"') not in self._columns:
            return None
        note: str | None = await self._said(lambda: self._connection.fetchval(f"SELECT note FROM {_NOTE_TABLE}"))
        return note

    async def leave_note(self, note: str | None) -> None:
        """Leave a note, or take it away with its table."""

        async def leave() -> None:
            async with self._connection.transaction():
                if note is None:
                    await self._connection.execute(f"DROP TABLE IF EXISTS {_NOTE_TABLE}")
                else:
                    await self._connection.execute(f"CREATE TABLE IF NOT EXISTS {_NOTE_TABLE} (note text)")
                    await self._write_note(note)

        await self._said(leave)
        await self._look_at_columns()

    async def change_schema(self, changes: Sequence[SchemaChange]) -> None:
        """Carry out schema changes in one transaction."""

        async def change() -> None:
            async with self._connection.transaction():
                await catalogue.change(self._connection, changes)

        await self._said(lambda: attempted(change, again=catalogue.CLASHES))
        await self._look_at_columns()
        self._compiled.clear()

    async def load(self, schema: ClassSchema, objects: Sequence[WireObject], note: str) -> None:
        """Store objects that are not there yet, and the note, in one transaction."""
        table = self._table(schema)
        fields = {
            name: field
            for name, field in self._kept_fields(schema).items()
            if name not in OWN_COLUMNS and has_column(schema.name, name, field)
        }
        columns = [] if schema.name == "_Hooks" else ["objectId"]
        if not table.is_bare:
            columns += ["createdAt", "updatedAt", "_rperm", "_wperm"]
        rows = [_row(table, fields, made) for made in objects]
        await self._copy(cut(schema.name), [*columns, *map(cut, fields)], rows, note)

    async def load_links(self, schema: ClassSchema, key: str, links: Sequence[Link], note: str) -> None:
        """Store links of a relation that are not there yet, and the note, in one transaction."""
        await self._copy(cut(join_name(schema.name, key)), ["owningId", "relatedId"], links, note)

    async def _copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], note: str) -> None:
        async def copy() -> None:
            async with self._connection.transaction():
                # What a power cut may take is the end of it, and the note with it: then it is stored again.
                await self._connection.execute("SET LOCAL synchronous_commit = off")
                await self._connection.copy_records_to_table(table, records=rows, columns=columns)
                await self._write_note(note)

        await self._said(copy)

    async def _write_note(self, note: str) -> None:
        written = await self._connection.execute(f"UPDATE {_NOTE_TABLE} SET note = $1", note)
        if written == "UPDATE 0":
            await self._connection.execute(f"INSERT INTO {_NOTE_TABLE} VALUES ($1)", note)

    def _table(self, schema: ClassSchema) -> Table:
        known, table = self._compiled.get(schema.name, (None, None))
        if table is None or known is not schema:
            table = Table(schema)
            self._compiled[schema.name] = schema, table
        return table

    def _kept_fields(self, schema: ClassSchema) -> dict[str, Field]:
        """The fields that have a column here, private ones too; relations have tables of their own."""
        columns = self._columns[cut(schema.name)]
        everything = {**schema.fields, **PRIVATE_FIELDS.get(schema.name, {})}
        return {
            name: field
            for name, field in everything.items()
            if field.type is not FieldType.RELATION and cut(name) in columns
        }

    async def _look_at_columns(self) -> None:
        self._columns = {}
        for table, column, kind in await self._connection.fetch(catalogue.COLUMNS):
            self._columns.setdefault(table, {})[column] = kind

    async def _number(self, statement: str) -> int:
        return int(await self._connection.fetchval(statement))

    async def _said(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it, and say in one line what went wrong."""
        try:
            return await work()
        except ParseError as error:
            raise StorageUnavailable(f"{self.description}: {error.message}") from error
        except asyncpg.UniqueViolationError as error:
            raise StorageUnavailable(f"{self.description}: {error}; {error.detail}") from error
        except (asyncpg.PostgresError, *LOST) as error:
            raise StorageUnavailable(f"{self.description}: {str(error).splitlines()[0]}") from error


def _row(table: Table, fields: Mapping[str, Field], made: WireObject) -> list[Cell]:
    cells: list[Cell] = [] if table.schema.name == "_Hooks" else [made["objectId"]]
    if not table.is_bare:
        acl = made.get("ACL")
        cells += [_moment(made.get("createdAt")), _moment(made.get("updatedAt"))]
        cells += [_names(acl, "read"), _names(acl, "write")]
    for name, field in fields.items():
        value = made.get(name)
        cells.append(None if value is None else _CELL_OF[field.type](value))
    return cells


def _names(acl: Mapping[str, Mapping[str, bool]] | None, right: str) -> list[str] | None:
    return None if acl is None else sorted(name for name, rights in acl.items() if rights.get(right))


def _moment(iso: str | None) -> int | None:
    return None if iso is None else to_milliseconds(datetime.fromisoformat(iso))


def _json(value: Any) -> Cell:
    return orjson.dumps(value).decode()


_CELL_OF: Mapping[FieldType, Callable[[Any], Cell]] = {
    FieldType.STRING: lambda value: value,
    FieldType.NUMBER: float,
    FieldType.BOOLEAN: lambda value: value,
    FieldType.DATE: lambda value: _moment(value["iso"]),
    FieldType.OBJECT: _json,
    FieldType.ARRAY: _json,
    FieldType.BYTES: _json,
    FieldType.POINTER: lambda value: value["objectId"],
    FieldType.FILE: lambda value: value["name"],
    FieldType.GEO_POINT: lambda value: (value["longitude"], value["latitude"]),
    FieldType.POLYGON: lambda value: tuple((longitude, latitude) for latitude, longitude in value["coordinates"]),
}
"""What goes into a column, from the form of an answer. What was stored once is not checked again."""


def _shared_names(documents: Mapping[str, Any]) -> set[str]:
    by_table: dict[str, list[str]] = {}
    for name in documents:
        by_table.setdefault(cut(name), []).append(name)
    return {name for names in by_table.values() if len(names) > 1 for name in names}
