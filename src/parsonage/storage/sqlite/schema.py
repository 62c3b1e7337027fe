"""The catalogue: our own tables, ``_SCHEMA``, and the changes of classes as DDL.

``_SCHEMA`` holds the same JSON as on PostgreSQL (reference/storage-postgres.md, section 4), with two keys
more where a name had to differ from its own: ``table`` of a class and ``column`` of a field.

Rules: reference/storage-sqlite.md, Table layout; reference/schema-clp-acl.md, sections 1 to 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import apsw
import msgspec
import orjson

from parsonage.protocol.errors import IncorrectType, InvalidClassName, InvalidSchemaOperation
from parsonage.protocol.names import VOLATILE_CLASSES
from parsonage.schema.builtin import (
    CREATED_AT_START,
    DEFAULT_FIELDS,
    PRIVATE_FIELDS,
    UNIQUE_FIELDS,
    VOLATILE,
    new_class,
)
from parsonage.schema.changes import (
    AddFields,
    CreateClass,
    DropClass,
    RemoveFields,
    SchemaChange,
    SetFieldOptions,
    SetIndexes,
    SetPermissions,
)
from parsonage.schema.class_permissions import OPEN, from_stored
from parsonage.schema.model import ClassSchema, Field, FieldType, SchemaSet, is_open_ring
from parsonage.storage.interface import StorageUnavailable
from parsonage.storage.json_text import from_json_text
from parsonage.storage.sqlite import places, texts
from parsonage.storage.sqlite.connect import fetched
from parsonage.storage.sqlite.tables import (
    FOLDED_FIELDS,
    PLACE_TYPES,
    Names,
    column_names,
    folded,
    free_name,
    quoted,
)
from parsonage.storage.sqlite.values import COLUMN_TYPES, JSON_TYPES

LAYOUT = 2
"""The version of the file's layout; a newer one is refused, an older one is brought up to this.

2: GeoPoint and Polygon fields have an index of places.
"""

_OWN_TABLES = """
CREATE TABLE "_Meta" (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE "_SCHEMA" ("className" TEXT PRIMARY KEY, "schema" TEXT NOT NULL, "isParseClass" INTEGER NOT NULL) STRICT;
CREATE TABLE "_Acl" (
    id INTEGER PRIMARY KEY, readers TEXT NOT NULL, writers TEXT NOT NULL, UNIQUE (readers, writers)
) STRICT;
CREATE TABLE "_AclRead" (name TEXT NOT NULL, acl INTEGER NOT NULL, PRIMARY KEY (name, acl)) STRICT, WITHOUT ROWID;
CREATE INDEX "_AclRead.acl" ON "_AclRead" (acl, name);
CREATE TABLE "_AclWrite" (acl INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (acl, name)) STRICT, WITHOUT ROWID;
CREATE TABLE "_Events" (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE "_AuthData" (
    provider TEXT NOT NULL, id TEXT NOT NULL, "objectId" TEXT NOT NULL, PRIMARY KEY (provider, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX "_AuthData.objectId" ON "_AuthData" ("objectId");
"""
"""``_Acl`` and its two tables of names: see ``acls``. ``_Events``: see ``notices``. ``_AuthData``: see below."""

_SIGN_IN_IDS = """
    SELECT RAISE(ABORT, 'duplicate authData.' || a.provider || '.id')
    FROM json_each(NEW."authData") AS e
    JOIN "_AuthData" AS a ON a.provider = e.key AND a.id = json_extract(NEW."authData", e.fullkey || '.id');
    INSERT INTO "_AuthData"
    SELECT e.key, json_extract(NEW."authData", e.fullkey || '.id'), NEW."objectId" FROM json_each(NEW."authData") AS e
    WHERE json_type(NEW."authData", e.fullkey || '.id') IN ('text', 'integer', 'real');
"""
_SIGN_IN_TRIGGERS = f"""
CREATE TRIGGER "_AuthData.insert" AFTER INSERT ON "_User" WHEN NEW."authData" IS NOT NULL BEGIN
    {_SIGN_IN_IDS}
END;
CREATE TRIGGER "_AuthData.update" AFTER UPDATE OF "authData" ON "_User" BEGIN
    DELETE FROM "_AuthData" WHERE "objectId" = OLD."objectId";
    {_SIGN_IN_IDS}
END;
CREATE TRIGGER "_AuthData.delete" AFTER DELETE ON "_User" BEGIN
    DELETE FROM "_AuthData" WHERE "objectId" = OLD."objectId";
END;
"""
"""A sign-in id belongs to one user. The table is kept by triggers, so whoever writes can't get round it."""

_LOOKED_UP = {"_Session": ("user",)}
"""Fields beside the unique ones by which the server itself looks objects up."""


def prepare(connection: apsw.Connection) -> None:
    """Make what an empty file lacks, and refuse a file of a newer layout.

    Raises StorageUnavailable.
    """
    with transaction(connection):
        # Asked by a statement: apsw's own table_exists trusts what the connection read before it had the lock.
        if not fetched(connection, "SELECT 1 FROM sqlite_schema WHERE name = '_Meta'"):
            _make(connection)
        [(version,)] = fetched(connection, "SELECT value FROM \"_Meta\" WHERE key = 'layout'")
        if int(version) > LAYOUT:
            raise StorageUnavailable(
                f"it has layout {version}, made by a newer Parsonage; this one knows layout {LAYOUT}"
            )
        if int(version) < 2:
            _index_places(connection)
        if int(version) < LAYOUT:
            connection.execute("UPDATE \"_Meta\" SET value = ? WHERE key = 'layout'", (str(LAYOUT),))


def _index_places(connection: apsw.Connection) -> None:
    """Bring a file of layout 1 up to layout 2."""
    for (text,) in fetched(connection, 'SELECT "schema" FROM "_SCHEMA"'):
        document = orjson.loads(text)
        for name, json in document["fields"].items():
            field = _field_of(json)
            if field.type in PLACE_TYPES:
                places.make_index(connection, _table_of(document), json.get("column", name), field)


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """A transaction that may write from its beginning; whatever is raised inside takes it back."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends it itself where the disk is full or broken
            connection.execute("ROLLBACK")
        raise


def _make(connection: apsw.Connection) -> None:
    connection.execute(_OWN_TABLES)
    connection.execute("INSERT INTO \"_Meta\" VALUES ('layout', ?), ('schema', '0')", (str(LAYOUT),))
    catalogue = Catalogue(connection)
    for name in CREATED_AT_START:
        catalogue.carry_out(CreateClass(new_class(name)))
    for schema in VOLATILE.values():
        catalogue.make_table(schema.name, schema.name, {}, schema.fields)
        catalogue.make_own_indexes(schema.name)
    connection.execute(_SIGN_IN_TRIGGERS)


class _Stored(msgspec.Struct, frozen=True):
    """One row of the catalogue, read."""

    text: str
    schema: ClassSchema
    names: Names


class Loader:
    """Reads the catalogue; a class that is as it was is not read anew. Threads share it."""

    def __init__(self) -> None:
        self._known: dict[str, _Stored] = {}

    def load(self, connection: apsw.Connection) -> tuple[SchemaSet, Names]:
        """Every class as it is now, and what classes and fields are called in the file."""
        with connection:
            [(version,)] = fetched(connection, "SELECT value FROM \"_Meta\" WHERE key = 'schema'")
            rows = fetched(connection, 'SELECT "className", "schema" FROM "_SCHEMA" ORDER BY rowid')
            indexes = texts.known_indexes(connection)
        stored = {name: self._read(name, text) for name, text in rows}
        self._known = stored
        names = Names(
            tables={name: table for one in stored.values() for name, table in one.names.tables.items()},
            columns={place: column for one in stored.values() for place, column in one.names.columns.items()},
            relations=frozenset().union(*(one.names.relations for one in stored.values())),
            texts=indexes,
        )
        return SchemaSet({**VOLATILE, **{name: one.schema for name, one in stored.items()}}, int(version)), names

    def _read(self, name: str, text: str) -> _Stored:
        known = self._known.get(name)
        if known is not None and known.text == text:
            return known
        document = orjson.loads(text)
        return _Stored(text, _class_of(name, document), _names_of(name, document))


def _class_of(name: str, document: Mapping[str, Any]) -> ClassSchema:
    fields = {key: _field_of(json) for key, json in document["fields"].items() if not key.startswith("_")}
    return ClassSchema(
        name=name,
        fields={**DEFAULT_FIELDS, **fields},
        permissions=from_stored(document.get("classLevelPermissions")),
        indexes=document.get("indexes", {}),
    )


_PLAIN_FIELDS = {kind.value: Field(kind) for kind in FieldType}


def _field_of(json: Mapping[str, Any]) -> Field:
    if len(json) == 1:  # as most of them: a type and nothing else
        return _PLAIN_FIELDS[json["type"]]
    default = json.get("defaultValue")
    return Field(
        type=FieldType(json["type"]),
        target_class=json.get("targetClass"),
        required=json.get("required", False),
        default=None if default is None else from_json_text(orjson.dumps(default).decode()),
        options_given="required" in json,
        ring_is_open=is_open_ring(default),
    )


def _names_of(class_name: str, document: Mapping[str, Any]) -> Names:
    fields = document["fields"]
    return Names(
        tables={class_name: document["table"]} if "table" in document else {},
        columns={(class_name, key): json["column"] for key, json in fields.items() if "column" in json},
        relations=frozenset((class_name, key) for key, json in fields.items() if json["type"] == "Relation"),
    )


class Catalogue:
    """Carries out schema changes inside the transaction that is open on its connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def carry_out(self, change: SchemaChange) -> None:
        """Carry out one change; what is already so stays so.

        Raises IncorrectType (111) where a field to be added has another type, InvalidClassName (103)
        where the class does not exist.
        """
        if isinstance(change, CreateClass):
            return self._create_class(change)
        document = self._document(change.class_name)
        if isinstance(change, DropClass):
            return None if document is None else self._drop_class(change, document)
        if document is None:
            raise InvalidClassName(f"Class {change.class_name} does not exist.")
        match change:
            case AddFields(_, fields):
                self._add_columns(_table_of(document), document["fields"], _with_new_fields(document, fields))
            case RemoveFields(_, names):
                self._remove_fields(document, names)
            case SetFieldOptions(_, fields):
                _set_options(document, fields)
            case SetPermissions(_, permissions):
                document["classLevelPermissions"] = permissions.json
            case SetIndexes(_, added, removed):
                self._set_indexes(document, added, removed)
        return self._store(document)

    def announce(self) -> None:
        """Count the catalogue's version on."""
        self._connection.execute("UPDATE \"_Meta\" SET value = value + 1 WHERE key = 'schema'")

    def make_table(
        self, class_name: str, table: str, documents: Mapping[str, Any], fields: Mapping[str, Field]
    ) -> None:
        """Make the table of a class with what every object has and its own fields; ``documents`` names the columns."""
        columns = [
            '"_id" INTEGER PRIMARY KEY',
            '"objectId" TEXT NOT NULL UNIQUE',
            '"createdAt" INTEGER NOT NULL',
            '"updatedAt" INTEGER NOT NULL',
            '"_acl" INTEGER NOT NULL DEFAULT 0',
            *_columns_of(documents, {**fields, **PRIVATE_FIELDS.get(class_name, {})}),
        ]
        if class_name == "_User":
            columns += [f"{quoted(folded(field))} TEXT" for field in FOLDED_FIELDS]
        self._connection.execute(f"CREATE TABLE {quoted(table)} ({', '.join(columns)}) STRICT")
        if class_name not in VOLATILE_CLASSES:
            for column in ("createdAt", "_acl"):
                self._make_index(table, column, [quoted(column)])
        self._make_joins(table, documents, fields)
        self._make_places(table, documents, fields)

    def _add_columns(self, table: str, documents: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
        for column in _columns_of(documents, fields):
            self._connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {column}")
        self._make_joins(table, documents, fields)
        self._make_places(table, documents, fields)

    def _make_places(self, table: str, documents: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
        for name, field in fields.items():
            if field.type in PLACE_TYPES:
                places.make_index(self._connection, table, _column_of(documents, name), field)

    def make_own_indexes(self, class_name: str) -> None:
        """Make the indexes that the server itself needs on its own classes."""
        for field in UNIQUE_FIELDS.get(class_name, ()):
            self._make_index(class_name, f"unique_{field}", [quoted(field)], unique=True)
        for field in _LOOKED_UP.get(class_name, ()):
            self._make_index(class_name, field, [quoted(field)])
        if class_name == "_User":
            for field in FOLDED_FIELDS:
                self._make_index(class_name, f"unique{folded(field)}", [quoted(folded(field))], unique=True)

    def _make_index(self, table: str, name: str, columns: Sequence[str], *, unique: bool = False) -> None:
        kind = "UNIQUE INDEX" if unique else "INDEX"
        index = quoted(f"{table}.{name}")
        self._connection.execute(f"CREATE {kind} IF NOT EXISTS {index} ON {quoted(table)} ({', '.join(columns)})")

    def _make_joins(self, table: str, documents: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
        for name, field in fields.items():
            if field.type is FieldType.RELATION:
                join = f"_Join:{_column_of(documents, name)}:{table}"
                self._connection.execute(
                    f'CREATE TABLE {quoted(join)} ("relatedId" TEXT NOT NULL, "owningId" TEXT NOT NULL,'
                    ' PRIMARY KEY ("owningId", "relatedId")) STRICT, WITHOUT ROWID'
                )
                self._make_index(join, "relatedId", ['"relatedId"'])

    def _document(self, class_name: str) -> dict[str, Any] | None:
        rows = fetched(self._connection, 'SELECT "schema" FROM "_SCHEMA" WHERE "className" = ?', (class_name,))
        document: dict[str, Any] | None = orjson.loads(rows[0][0]) if rows else None
        return document

    def _store(self, document: Mapping[str, Any]) -> None:
        self._connection.execute(
            'INSERT INTO "_SCHEMA" VALUES (?, ?, 1)'
            ' ON CONFLICT ("className") DO UPDATE SET "schema" = excluded."schema"',
            (document["className"], orjson.dumps(document).decode()),
        )

    def _create_class(self, change: CreateClass) -> None:
        schema = change.schema
        if schema.name in VOLATILE_CLASSES or self._document(schema.name) is not None:
            if change.only_if_new:
                raise InvalidClassName(f"Class {schema.name} already exists.")
            return
        table = free_name(schema.name, self._tables())
        fields: dict[str, Any] = {key: DEFAULT_FIELDS[key].to_json() for key in ("objectId", "createdAt", "updatedAt")}
        for key in ("_rperm", "_wperm"):
            fields[key] = {"type": "Array", "contents": {"type": "String"}}
        if schema.name == "_User":
            fields["_hashed_password"] = {"type": "String"}
        document: dict[str, Any] = {"className": schema.name, "fields": fields}
        if table != schema.name:
            document["table"] = table
        if schema.permissions.json != OPEN.json:
            document["classLevelPermissions"] = schema.permissions.json
        self.make_table(schema.name, table, fields, _with_new_fields(document, schema.fields))
        self.make_own_indexes(schema.name)
        self._set_indexes(document, schema.indexes, ())
        self._store(document)

    def _tables(self) -> set[str]:
        rows = fetched(self._connection, "SELECT lower(name) FROM sqlite_schema WHERE type = 'table'")
        return {name for (name,) in rows}

    def _remove_fields(self, document: dict[str, Any], names: Iterable[str]) -> None:
        table, fields, indexes = _table_of(document), document["fields"], document.get("indexes", {})
        for name in names:
            if name not in fields:
                continue
            self._set_indexes(document, {}, [index for index, keys in indexes.items() if name in keys])
            json = fields.pop(name)
            column, field = json.get("column", name), _field_of(json)
            if field.type in PLACE_TYPES:
                places.drop_index(self._connection, table, column)
            if field.type is FieldType.STRING:
                texts.drop_indexes(self._connection, table, column)
            for cell in column_names(column, field):
                self._connection.execute(f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(cell)}")
            if field.type is FieldType.RELATION:
                self._connection.execute(f"DROP TABLE IF EXISTS {quoted(f'_Join:{column}:{table}')}")

    def _drop_class(self, change: DropClass, document: Mapping[str, Any]) -> None:
        table, class_name = _table_of(document), change.class_name
        if change.only_if_empty:
            [(count,)] = fetched(self._connection, f"SELECT count(*) FROM {quoted(table)}")
            if count:
                raise InvalidSchemaOperation(
                    f"Class {class_name} is not empty, contains {count} objects, cannot drop schema."
                )
        for name, json in document["fields"].items():
            if json["type"] == "Relation":
                join = f"_Join:{json.get('column', name)}:{table}"
                self._connection.execute(f"DROP TABLE IF EXISTS {quoted(join)}")
            if FieldType(json["type"]) in PLACE_TYPES:
                places.drop_index(self._connection, table, json.get("column", name))
            if json["type"] == "String":
                texts.drop_indexes(self._connection, table, json.get("column", name))
        self._connection.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        self._connection.execute('DELETE FROM "_SCHEMA" WHERE "className" = ?', (class_name,))

    def _set_indexes(
        self, document: dict[str, Any], added: Mapping[str, Mapping[str, Any]], removed: Iterable[str]
    ) -> None:
        table, indexes = _table_of(document), dict(document.get("indexes", {}))
        for name in removed:
            if indexes.pop(name, None) is not None:
                self._connection.execute(f"DROP INDEX IF EXISTS {quoted(f'{table}.index_{name}')}")
        for name, keys in added.items():
            indexes[name] = dict(keys)
            columns = _indexable(document, keys)
            if columns:
                self._make_index(table, f"index_{name}", columns)
        document.pop("indexes", None)
        if indexes:
            document["indexes"] = indexes


def _table_of(document: Mapping[str, Any]) -> str:
    table: str = document.get("table", document["className"])
    return table


def _column_of(documents: Mapping[str, Any], field: str) -> str:
    column: str = documents.get(field, {}).get("column", field)
    return column


def _columns_of(documents: Mapping[str, Any], fields: Mapping[str, Field]) -> list[str]:
    """The columns of some fields as a table declares them."""
    return [
        f"{quoted(cell)} {COLUMN_TYPES[field.type]}"
        for name, field in fields.items()
        if name not in DEFAULT_FIELDS
        for cell in column_names(_column_of(documents, name), field)
    ]


def _with_new_fields(document: dict[str, Any], fields: Mapping[str, Field]) -> dict[str, Field]:
    """Write the fields that a class lacks into its document, and hand them back.

    Raises IncorrectType (111) where one is there with another type.
    """
    known = document["fields"]
    taken = {json.get("column", name).lower() for name, json in known.items()}
    new: dict[str, Field] = {}
    for name, field in fields.items():
        if name in DEFAULT_FIELDS:
            continue
        if name in known:
            stored = _field_of(known[name])
            if not stored.same_type(field):
                raise IncorrectType(
                    f"schema mismatch for {document['className']}.{name}; expected {stored} but got {field}"
                )
            continue
        column = free_name(name, taken)
        taken.add(column.lower())
        new[name] = field
        known[name] = field.to_json()
        if column != name:
            known[name]["column"] = column
    return new


def _indexable(document: Mapping[str, Any], keys: Mapping[str, Any]) -> list[str]:
    """The columns for an index on these keys, or none where a b-tree can't serve it.

    A text, a place, a list or a map is found in other ways: such an index stands in the catalogue alone.
    """
    columns = []
    for name, direction in keys.items():
        json = document["fields"].get(name)
        if json is None or direction not in (1, -1):
            return []
        field = _field_of(json)
        if field.type in JSON_TYPES or field.type in (FieldType.GEO_POINT, FieldType.RELATION):
            return []
        columns.append(quoted(json.get("column", name)) + (" DESC" if direction == -1 else ""))
    return columns


def _set_options(document: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
    for name, field in fields.items():
        json = document["fields"].get(name)
        if json is not None:
            column = {"column": json["column"]} if "column" in json else {}
            document["fields"][name] = {**field.to_json(), **column}
