"""The catalogue: ``_SCHEMA`` and the changes of classes as DDL, laid out as Parse Server lays them out.

Two servers may grow the same class at once: columns are added where they are missing, and the document in
``_SCHEMA`` is locked, read anew and written in the same transaction.

Rules: reference/storage-postgres.md, sections 1 to 6, 8 and 12; reference/schema-clp-acl.md, sections 1 to 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import asyncpg
import orjson

from parsonage.protocol.errors import IncorrectType, InvalidClassName, InvalidKeyName, InvalidSchemaOperation
from parsonage.protocol.names import VOLATILE_CLASSES
from parsonage.schema.builtin import (
    BARE_CLASSES,
    CREATED_AT_START,
    DEFAULT_FIELDS,
    PRIVATE_FIELDS,
    SYSTEM_FIELDS,
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
from parsonage.storage.json_text import from_json_text
from parsonage.storage.postgresql.connect import log
from parsonage.storage.postgresql.sign_in import index_of
from parsonage.storage.postgresql.tables import (
    LONGEST_NAME,
    OWN_COLUMNS,
    cut,
    has_column,
    join_name,
    quoted,
)
from parsonage.storage.postgresql.values import COLUMN_TYPES, JSON_TYPES

CLASHES = (
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateColumnError,
    asyncpg.DuplicateObjectError,
    asyncpg.UniqueViolationError,
)
"""What ``IF NOT EXISTS`` still raises when another server makes the same thing at the same moment."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('parsonage schema', 0))"
_OWN_PREFIX = "parsonage"

_CATALOGUE_TABLE = (
    'CREATE TABLE IF NOT EXISTS "_SCHEMA"'
    ' ("className" varchar(120), "schema" jsonb, "isParseClass" bool, PRIMARY KEY ("className"))'
)

_NEW_ENTRY = (
    'INSERT INTO "_SCHEMA" ("className", "schema", "isParseClass") VALUES ($1, $2::jsonb, true)'
    ' ON CONFLICT ("className")'
)

_INDEXES: Mapping[str, Mapping[str, str]] = {
    "_User": {
        "_User_unique_username": 'CREATE UNIQUE INDEX "_User_unique_username" ON "_User" ("username")',
        "_User_unique_email": 'CREATE UNIQUE INDEX "_User_unique_email" ON "_User" ("email")',
        "case_insensitive_username": (
            'CREATE INDEX "case_insensitive_username" ON "_User" (lower("username") varchar_pattern_ops)'
        ),
        "case_insensitive_email": (
            'CREATE INDEX "case_insensitive_email" ON "_User" (lower("email") varchar_pattern_ops)'
        ),
        "_email_verify_token": 'CREATE INDEX "_email_verify_token" ON "_User" ("_email_verify_token")',
        "_perishable_token": 'CREATE INDEX "_perishable_token" ON "_User" ("_perishable_token")',
        "_User_unique_authData_anonymous_id": index_of("anonymous"),
    },
    "_Role": {
        "_Role_unique_name": 'CREATE UNIQUE INDEX "_Role_unique_name" ON "_Role" ("name")',
    },
    "_Session": {
        "parsonage_Session_unique_sessionToken": (
            'CREATE UNIQUE INDEX "parsonage_Session_unique_sessionToken" ON "_Session" ("sessionToken")'
        ),
        "parsonage_Session_user": 'CREATE INDEX "parsonage_Session_user" ON "_Session" ("user")',
    },
    "_Idempotency": {
        "_Idempotency_unique_reqId": 'CREATE UNIQUE INDEX "_Idempotency_unique_reqId" ON "_Idempotency" ("reqId")',
        "ttl": 'CREATE INDEX "ttl" ON "_Idempotency" ("expire")',
    },
}
"""The indexes of the server's own classes, by name: those of Parse Server, and ours for sessions."""

COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.oid, a.attnum
"""
"""Table, column and its type, for every column that there is."""


async def prepare(connection: Any) -> None:
    """Make what an empty database lacks, and leave what is there as it is. Several may do so at once."""
    async with connection.transaction():
        await connection.execute(_LOCK)
        catalogue = Catalogue(connection)
        if not await catalogue.relation("_SCHEMA"):
            await connection.execute(_CATALOGUE_TABLE)
        for name in CREATED_AT_START:
            await catalogue.carry_out(CreateClass(new_class(name)))
        for schema in VOLATILE.values():
            if not await catalogue.relation(schema.name):
                await catalogue.make_table(schema.name, schema.fields)
        tables = {name for name, _, _ in await connection.fetch(COLUMNS)}
        if "_User" in tables:
            await catalogue.add_columns("_User", {**SYSTEM_FIELDS["_User"], **PRIVATE_FIELDS["_User"]})
        for name in _INDEXES:
            if name in tables:
                await catalogue.make_own_indexes(name)


async def load(connection: Any) -> tuple[SchemaSet, frozenset[tuple[str, str]]]:
    """Every class as it is now, and the relations: pairs of class and key."""
    rows = await connection.fetch('SELECT "className", "schema"::text FROM "_SCHEMA" ORDER BY "className"')
    places: dict[str, dict[str, int]] = {}
    for table, column, _ in await connection.fetch(COLUMNS):
        columns = places.setdefault(table, {})
        columns[column] = len(columns)
    order = {table: place for place, table in enumerate(places)}
    documents = {name: orjson.loads(text) for name, text in rows}
    classes = {
        name: _class_of(name, documents[name], places.get(cut(name), {}))
        for name in sorted(documents, key=lambda name: order.get(cut(name), len(order)))
    }
    relations = frozenset(
        (name, key)
        for name, schema in classes.items()
        for key, field in schema.fields.items()
        if field.type is FieldType.RELATION
    )
    version = int.from_bytes(blake2b(b"\0".join(text.encode() for _, text in rows), digest_size=7).digest(), "big")
    return SchemaSet({**VOLATILE, **classes}, version), relations


def _class_of(name: str, document: Mapping[str, Any], places: Mapping[str, int]) -> ClassSchema:
    """A class; its fields in the order of their columns, since ``jsonb`` keeps none, relations last."""
    fields = {key: _field_of(json) for key, json in document["fields"].items() if not key.startswith("_")}
    ordered = {key: fields[key] for key in sorted(fields, key=lambda key: places.get(cut(key), len(places)))}
    implied = SYSTEM_FIELDS["_User"] if name == "_User" else {}  # the catalogue lacks the password
    return ClassSchema(
        name=name,
        fields={**DEFAULT_FIELDS, **implied, **ordered},
        permissions=from_stored(document.get("classLevelPermissions")),
        indexes=document.get("indexes", {}),
    )


def _field_of(json: Mapping[str, Any]) -> Field:
    default = json.get("defaultValue")
    return Field(
        type=FieldType(json["type"]),
        target_class=json.get("targetClass"),
        required=json.get("required", False),
        default=None if default is None else from_json_text(orjson.dumps(default).decode()),
        options_given="required" in json,
        ring_is_open=is_open_ring(default),
    )


async def change(connection: Any, changes: Iterable[SchemaChange]) -> None:
    """Carry out schema changes inside the transaction that is open. Raises as ``Catalogue.carry_out`` does."""
    await connection.execute(_LOCK)
    catalogue = Catalogue(connection)
    for one in changes:
        await catalogue.carry_out(one)


class Catalogue:
    """Carries out schema changes inside the transaction that is open on its connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def carry_out(self, change: SchemaChange) -> None:
        """Carry out one change; what is already so stays so.

        Raises IncorrectType (111) where a field to be added has another type, InvalidClassName (103)
        where the class does not exist or its name, cut at 63 bytes, is another's, InvalidKeyName (105)
        where that is so for a field (PB024).
        """
        if isinstance(change, CreateClass):
            return await self._create_class(change)
        if isinstance(change, AddFields):
            await self._lock_table(change.class_name)
        document = await self._document(change.class_name)
        if isinstance(change, DropClass):
            return None if document is None else await self._drop_class(change, document)
        if document is None:
            raise InvalidClassName(f"Class {change.class_name} does not exist.")
        match change:
            case AddFields(name, fields):
                await self._add_fields(name, _with_new_fields(document, fields))
            case RemoveFields(_, names):
                await self._remove_fields(document, names)
            case SetFieldOptions(_, fields):
                for name, field in fields.items():
                    if name in document["fields"]:
                        document["fields"][name] = field.to_json()
            case SetPermissions(_, permissions):
                document["classLevelPermissions"] = permissions.json
            case SetIndexes(_, added, removed):
                await self._set_indexes(document, added, removed)
        return await self._store(document)

    async def _lock_table(self, class_name: str) -> None:
        """Lock the table of a class as adding a column does, ahead of its document.

        Parse Server takes both in this order. In the other one each of two servers that add a field at the same
        moment holds what the other waits for; when PostgreSQL ends Parse Server's transaction, its client's save
        fails with code 107.
        """
        if await self.relation(class_name):
            await self._connection.execute(f"LOCK TABLE {quoted(class_name)} IN ACCESS EXCLUSIVE MODE")

    async def relation(self, name: str) -> bool:
        """Whether there is a table or an index of that name, as PostgreSQL cuts it."""
        found: bool = await self._connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = $1)",
            cut(name),
        )
        return found

    async def make_table(self, class_name: str, fields: Mapping[str, Field]) -> None:
        """Make the table of a class and those of its relations."""
        columns = [] if class_name == "_Hooks" else ['"objectId" text NOT NULL']
        if class_name not in BARE_CLASSES:
            columns += [f"{quoted(name)} timestamp with time zone" for name in ("createdAt", "updatedAt")]
        with_private = {**fields, **PRIVATE_FIELDS.get(class_name, {})}
        columns += [
            f"{quoted(name)} {COLUMN_TYPES[field.type]}"
            for name, field in with_private.items()
            if name not in OWN_COLUMNS and has_column(class_name, name, field)
        ]
        if class_name not in BARE_CLASSES:
            columns += ['"_rperm" text[]', '"_wperm" text[]']
        if class_name != "_Hooks":
            columns.append('PRIMARY KEY ("objectId")')
        await self._connection.execute(f"CREATE TABLE IF NOT EXISTS {quoted(class_name)} ({', '.join(columns)})")
        await self._make_joins(class_name, fields)

    async def add_columns(self, class_name: str, fields: Mapping[str, Field]) -> None:
        """Add the columns that a table lacks. Raises IncorrectType (111) where one is there with another type."""
        with_column = {name: field for name, field in fields.items() if has_column(class_name, name, field)}
        there = await self._columns(class_name)
        missing = {name: field for name, field in with_column.items() if cut(name) not in there}
        if missing:
            additions = ", ".join(
                f"ADD COLUMN IF NOT EXISTS {quoted(name)} {COLUMN_TYPES[field.type]}" for name, field in missing.items()
            )
            await self._connection.execute(f"ALTER TABLE {quoted(class_name)} {additions}")
            there = await self._columns(class_name)
        for name, field in with_column.items():
            if there[cut(name)] != COLUMN_TYPES[field.type]:
                raise IncorrectType(
                    f"schema mismatch for {class_name}.{name}; its column has the type {there[cut(name)]}"
                )

    async def make_own_indexes(self, class_name: str) -> None:
        """Make the indexes that the server itself needs on one of its own classes, where they are missing."""
        for name, statement in _INDEXES.get(class_name, {}).items():
            if await self.relation(name):
                continue
            try:
                async with self._connection.transaction():
                    await self._connection.execute(statement)
            except (asyncpg.UniqueViolationError, asyncpg.InsufficientPrivilegeError) as error:
                log.warning("the index %s can't be made: %s", name, error)

    async def _columns(self, class_name: str) -> dict[str, str]:
        rows = await self._connection.fetch(f"SELECT * FROM ({COLUMNS}) AS t WHERE t.relname = $1", cut(class_name))
        return {column: kind for _, column, kind in rows}

    async def _make_joins(self, class_name: str, fields: Mapping[str, Field]) -> None:
        for key, field in fields.items():
            if field.type is not FieldType.RELATION:
                continue
            join = join_name(class_name, key)
            if len(join.encode()) > LONGEST_NAME and await self.relation(join):
                raise InvalidKeyName(f"the relation {key} of {class_name} has too long a name: another has its table")
            await self._connection.execute(
                f'CREATE TABLE IF NOT EXISTS {quoted(join)} ("relatedId" varchar(120), "owningId" varchar(120),'
                ' PRIMARY KEY ("relatedId", "owningId"))'
            )
            # Parse Server has none that begins with the owner, and reads the whole table for $relatedTo.
            index = quoted(_own_name(class_name, f"{key}_owningId"))
            await self._connection.execute(f'CREATE INDEX IF NOT EXISTS {index} ON {quoted(join)} ("owningId")')

    async def _is_listed(self, class_name: str) -> bool:
        """Whether the catalogue has the class; its entry is not locked, for fields may have to be added next."""
        listed: bool = await self._connection.fetchval(
            'SELECT EXISTS (SELECT FROM "_SCHEMA" WHERE "className" = $1)', class_name
        )
        return listed

    async def _document(self, class_name: str) -> dict[str, Any] | None:
        text = await self._connection.fetchval(
            'SELECT "schema"::text FROM "_SCHEMA" WHERE "className" = $1 FOR UPDATE', class_name
        )
        document: dict[str, Any] | None = None if text is None else orjson.loads(text)
        return document

    async def _store(self, document: Mapping[str, Any]) -> None:
        await self._connection.execute(
            f'{_NEW_ENTRY} DO UPDATE SET "schema" = excluded."schema"',
            document["className"],
            orjson.dumps(document).decode(),
        )

    async def _create_class(self, change: CreateClass) -> None:
        schema = change.schema
        name = schema.name
        if name in VOLATILE_CLASSES or await self._is_listed(name):
            if change.only_if_new:
                raise InvalidClassName(f"Class {name} already exists.")
            return
        if len(name.encode()) > LONGEST_NAME and await self.relation(name):
            raise InvalidClassName(f"the name of the class {name} is too long: another class has its table")
        fields: dict[str, Any] = {key: DEFAULT_FIELDS[key].to_json() for key in OWN_COLUMNS}
        for key in ("_rperm", "_wperm"):
            fields[key] = {"type": "Array", "contents": {"type": "String"}}
        if name == "_User":
            fields["_hashed_password"] = {"type": "String"}
        document: dict[str, Any] = {"className": name, "fields": fields}
        if schema.permissions.json != OPEN.json:
            document["classLevelPermissions"] = schema.permissions.json
        declared = {key: field for key, field in schema.fields.items() if (name, key) != ("_User", "password")}
        added = _with_new_fields(document, declared)
        await self.make_table(name, added)
        # The table may have been there without its entry, made by another server a moment ago.
        await self.add_columns(name, added)
        await self.make_own_indexes(name)
        await self._set_indexes(document, schema.indexes, ())
        # Another server may have made the class since we looked: then its entry stands.
        await self._connection.execute(
            f"{_NEW_ENTRY} DO NOTHING", document["className"], orjson.dumps(document).decode()
        )

    async def _add_fields(self, class_name: str, fields: Mapping[str, Field]) -> None:
        for key in fields:
            if len(key.encode()) > LONGEST_NAME and cut(key) in await self._columns(class_name):
                raise InvalidKeyName(f"the name of the field {key} is too long: another field has its column")
        await self.add_columns(class_name, fields)
        await self._make_joins(class_name, fields)

    async def _remove_fields(self, document: dict[str, Any], names: Iterable[str]) -> None:
        class_name, fields, indexes = document["className"], document["fields"], document.get("indexes", {})
        for name in names:
            if name not in fields:
                continue
            await self._set_indexes(document, {}, [index for index, keys in indexes.items() if name in keys])
            if _field_of(fields.pop(name)).type is FieldType.RELATION:
                await self._connection.execute(f"DROP TABLE IF EXISTS {quoted(join_name(class_name, name))}")
            else:
                await self._connection.execute(f"ALTER TABLE {quoted(class_name)} DROP COLUMN IF EXISTS {quoted(name)}")

    async def _drop_class(self, change: DropClass, document: Mapping[str, Any]) -> None:
        class_name = change.class_name
        if change.only_if_empty:
            # Locked first, as the removal would lock it: nobody stores an object in between.
            await self._connection.execute(f"LOCK TABLE {quoted(class_name)} IN ACCESS EXCLUSIVE MODE")
            count = await self._connection.fetchval(f"SELECT count(*) FROM {quoted(class_name)}")
            if count:
                raise InvalidSchemaOperation(
                    f"Class {class_name} is not empty, contains {count} objects, cannot drop schema."
                )
        relations = [name for name, json in document["fields"].items() if json["type"] == "Relation"]
        for table in (*(join_name(class_name, name) for name in relations), class_name):
            await self._connection.execute(f"DROP TABLE IF EXISTS {quoted(table)}")
        await self._connection.execute('DELETE FROM "_SCHEMA" WHERE "className" = $1', class_name)

    async def _set_indexes(
        self, document: dict[str, Any], added: Mapping[str, Mapping[str, Any]], removed: Iterable[str]
    ) -> None:
        class_name, indexes = document["className"], dict(document.get("indexes", {}))
        for name in removed:
            if indexes.pop(name, None) is not None:
                await self._drop_index(class_name, name)
        for name, keys in added.items():
            indexes[name] = dict(keys)
            columns = _indexable(document, keys)
            if columns:
                await self._make_index(class_name, name, columns)
        document.pop("indexes", None)
        if indexes:
            document["indexes"] = indexes

    async def _make_index(self, class_name: str, name: str, columns: str) -> None:
        """Make an index under its own name, as Parse Server does, or under one of ours if that is taken (PB120)."""
        if await self._table_of_index(name) == cut(class_name):
            return
        free = name if not await self.relation(name) else _own_name(class_name, name)
        await self._connection.execute(f"CREATE INDEX IF NOT EXISTS {quoted(free)} ON {quoted(class_name)} {columns}")

    async def _drop_index(self, class_name: str, name: str) -> None:
        for index in (name, _own_name(class_name, name)):
            if await self._table_of_index(index) == cut(class_name):
                await self._connection.execute(f"DROP INDEX {quoted(index)}")

    async def _table_of_index(self, name: str) -> str | None:
        table: str | None = await self._connection.fetchval(
            "SELECT tablename FROM pg_indexes WHERE schemaname = current_schema() AND indexname = $1", cut(name)
        )
        return table


def _own_name(class_name: str, name: str) -> str:
    """The name of an index of ours: one that fits, and tells its class."""
    full = f"{_OWN_PREFIX}_{class_name}_{name}"
    if len(full.encode()) <= LONGEST_NAME:
        return full
    return f"{_OWN_PREFIX}_{blake2b(full.encode(), digest_size=12).hexdigest()}"


def _with_new_fields(document: dict[str, Any], fields: Mapping[str, Field]) -> dict[str, Field]:
    """Write the fields that a class lacks into its document, and hand them back.

    Raises IncorrectType (111) where one is there with another type.
    """
    known = document["fields"]
    new: dict[str, Field] = {}
    for name, field in fields.items():
        if name in DEFAULT_FIELDS:
            continue
        if name not in known:
            new[name] = field
            known[name] = field.to_json()
            continue
        stored = _field_of(known[name])
        if not stored.same_type(field):
            raise IncorrectType(
                f"schema mismatch for {document['className']}.{name}; expected {stored} but got {field}"
            )
    return new


def _indexable(document: Mapping[str, Any], keys: Mapping[str, Any]) -> str:
    """What an index on these keys stands on, or nothing where none would serve.

    A text is found in other ways: such an index stands in the catalogue alone. One list has an index of its
    elements, one place or area the tree of boxes that PostgreSQL keeps for its own geometric types.
    """
    columns = []
    for name, direction in keys.items():
        json = document["fields"].get(name)
        if json is None:
            return ""
        field = _field_of(json)
        if field.type in (FieldType.GEO_POINT, FieldType.POLYGON) and len(keys) == 1:
            return f"USING gist ({quoted(name)})"
        if direction not in (1, -1):
            return ""
        if field.type is FieldType.ARRAY and len(keys) == 1:
            return f"USING gin ({quoted(name)} jsonb_path_ops)"
        if field.type in JSON_TYPES or field.type in (FieldType.GEO_POINT, FieldType.POLYGON, FieldType.RELATION):
            return ""
        columns.append(quoted(name) + (" DESC" if direction == -1 else ""))
    return f"({', '.join(columns)})" if columns else ""
