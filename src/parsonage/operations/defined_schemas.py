"""Classes that the operator has defined are made, or changed, when a server starts.

What is already so is left alone, so that every process of a fleet may do it, one after the other.

Rules: reference/schema-clp-acl.md, section 9.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from parsonage.operations.house import House
from parsonage.options.model import DefinedSchemas
from parsonage.protocol.errors import ParseError
from parsonage.protocol.names import VOLATILE_CLASSES
from parsonage.schema.builtin import DEFAULT_FIELDS, SYSTEM_FIELDS, new_class
from parsonage.schema.changes import CreateClass, SchemaChange
from parsonage.schema.edit import alteration, check_class_name, creation, read_permissions
from parsonage.schema.model import ClassSchema

log = logging.getLogger("parsonage.schemas")

SECONDS_BETWEEN_TRIES = (1.0, 2.0, 3.0)
"""Another process may be changing the same class: then it is tried again."""

OWN_INDEXES = frozenset(
    {
        "_id_",
        "username_1",
        "email_1",
        "case_insensitive_username",
        "case_insensitive_email",
        "name_1",
        "reqId_1",
    }
)
"""Indexes of the server's, which no definition names and none drops."""

_DELETE = {"__op": "Delete"}


class DefinitionRefused(Exception):
    """A class can't be made as it is defined; the text says which one and why."""


async def define_schemas(house: House, rules: DefinedSchemas) -> None:
    """Bring the database to what is defined. Raises DefinitionRefused."""
    names = [definition["className"] for definition in rules.definitions or ()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DefinitionRefused(f"{', '.join(twice)}: defined twice")
    await _tried("_Session", house, [CreateClass(new_class("_Session"))])
    for definition in rules.definitions or ():
        await _define(house, rules, definition)
    await _close_the_others(house, rules, frozenset(names))


async def _define(house: House, rules: DefinedSchemas, definition: Mapping[str, Any]) -> None:
    name: str = definition["className"]
    if definition.get("classLevelPermissions") is None:
        log.warning("%s is defined without classLevelPermissions: it is closed to clients", name)
    for seconds in (*SECONDS_BETWEEN_TRIES, None):
        try:
            await _define_once(house, rules, name, definition)
        except ParseError as error:
            if seconds is None:
                raise DefinitionRefused(f"{name}: {error.message}") from error
            house.schemas.forget()
            await asyncio.sleep(seconds)
        else:
            return


async def _define_once(house: House, rules: DefinedSchemas, name: str, definition: Mapping[str, Any]) -> None:
    custom_ids = house.options.schemas.allow_custom_object_id
    permissions = {**(definition.get("classLevelPermissions") or {}), "addField": {}}
    schema = await house.schemas.get(name)
    if schema is None:
        check_class_name(name)
        body = {**definition, "classLevelPermissions": permissions}
        await house.schemas.change(creation(new_class(name), body, custom_ids=custom_ids))
        return
    going = _going(rules, schema, definition)
    if going:
        await house.schemas.change(alteration(schema, going, custom_ids=custom_ids))
        schema = await house.schemas.get(name) or schema
    coming = _coming(schema, definition)
    changes = alteration(schema, {**coming, "classLevelPermissions": permissions}, custom_ids=custom_ids)
    if not coming and schema.permissions.json == read_permissions(schema, permissions, custom_ids=custom_ids).json:
        return
    await house.schemas.change(changes)


def _going(rules: DefinedSchemas, schema: ClassSchema, definition: Mapping[str, Any]) -> dict[str, Any]:
    """What of a class is dropped: fields and indexes that are not defined, or not so."""
    fields: dict[str, Any] = {}
    defined: Mapping[str, Any] = definition.get("fields") or {}
    for name, field in _own_fields(schema).items():
        if name not in defined:
            if rules.delete_extra_fields:
                fields[name] = _DELETE
            elif rules.strict:
                log.warning("%s has a field %s that is not defined", schema.name, name)
        elif not _is_same_type(field, defined[name]):
            if rules.recreate_modified_fields:
                fields[name] = _DELETE
            else:
                log.warning("%s.%s is a %s and is defined otherwise; it stays so", schema.name, name, field["type"])
    wanted: Mapping[str, Any] = definition.get("indexes") or {}
    indexes = {
        name: _DELETE
        for name, keys in schema.indexes.items()
        if name not in OWN_INDEXES and (wanted[name] != keys if name in wanted else not rules.keep_unknown_indexes)
    }
    return {**({"fields": fields} if fields else {}), **({"indexes": indexes} if indexes else {})}


def _coming(schema: ClassSchema, definition: Mapping[str, Any]) -> dict[str, Any]:
    """What of a definition the class does not have yet."""
    fields = {
        name: json
        for name, json in (definition.get("fields") or {}).items()
        if name not in schema.fields
        or (
            _is_same_type(schema.fields[name].to_json(), json)
            and {"required": False, **schema.fields[name].to_json()} != {"required": False, **json}
        )
    }
    indexes = {
        name: keys
        for name, keys in (definition.get("indexes") or {}).items()
        if name not in schema.indexes and name not in OWN_INDEXES
    }
    return {**({"fields": fields} if fields else {}), **({"indexes": indexes} if indexes else {})}


def _own_fields(schema: ClassSchema) -> dict[str, dict[str, Any]]:
    """The fields that are not the server's."""
    servers = DEFAULT_FIELDS.keys() | SYSTEM_FIELDS.get(schema.name, {}).keys()
    return {name: field.to_json() for name, field in schema.fields.items() if name not in servers}


def _is_same_type(field: Mapping[str, Any], defined: Any) -> bool:
    return isinstance(defined, dict) and all(field.get(key) == defined.get(key) for key in ("type", "targetClass"))


async def _close_the_others(house: House, rules: DefinedSchemas, defined: frozenset[str]) -> None:
    """Clients add no field to a class that is not defined, either."""
    custom_ids = house.options.schemas.allow_custom_object_id
    for name, schema in (await house.schemas.current()).items():
        if name in defined or name in VOLATILE_CLASSES:
            continue
        if rules.strict:
            log.warning("there is a class %s that is not defined", name)
        if schema.permissions.json.get("addField") != {}:
            closed = {**schema.permissions.json, "addField": {}}
            await _tried(name, house, alteration(schema, {"classLevelPermissions": closed}, custom_ids=custom_ids))


async def _tried(name: str, house: House, changes: Sequence[SchemaChange]) -> None:
    try:
        if not (isinstance(changes[0], CreateClass) and await house.schemas.get(name) is not None):
            await house.schemas.change(changes)
    except ParseError as error:
        raise DefinitionRefused(f"{name}: {error.message}") from error
