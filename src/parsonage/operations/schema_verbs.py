"""The schema routes: read, make, change and remove classes; purge their objects. For the master key.

Rules: reference/schema-clp-acl.md, sections 3 and 9.
"""

from __future__ import annotations

from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import NOTHING, Plain
from parsonage.commands.schemas import (
    CreateSchema,
    DeleteSchema,
    GetSchema,
    ListSchemas,
    Purge,
    UpdateSchema,
)
from parsonage.operations.house import House
from parsonage.protocol.errors import (
    InvalidClassName,
    InvalidJSON,
    NeedsMasterKey,
    OperationForbidden,
)
from parsonage.protocol.names import VOLATILE_CLASSES
from parsonage.schema.builtin import VOLATILE, new_class
from parsonage.schema.changes import DropClass
from parsonage.schema.edit import alteration, check_class_name, class_name_of, creation
from parsonage.schema.model import ClassSchema


async def list_schemas(house: House, call: Call, caller: Caller, command: ListSchemas) -> Plain:
    """Every class that exists, the server's internal ones apart."""
    _for_master(caller)
    classes = await house.schemas.current()
    return Plain({"results": [schema.to_json() for name, schema in classes.items() if name not in VOLATILE_CLASSES]})


async def get_schema(house: House, call: Call, caller: Caller, command: GetSchema) -> Plain:
    """One class. Raises InvalidClassName (103) if it does not exist."""
    _for_master(caller)
    schema = VOLATILE.get(command.class_name) or await house.schemas.get(command.class_name)
    if schema is None:
        raise InvalidClassName(f"Class {command.class_name} does not exist.")
    return Plain(schema.to_json())


async def create_schema(house: House, call: Call, caller: Caller, command: CreateSchema) -> Plain:
    """Make a class, and answer with it."""
    _for_master(caller, writes="create")
    _refuse_locked(house)
    body = _body(command.body)
    name = class_name_of(command.class_name, body)
    check_class_name(name)
    if await house.schemas.get(name) is not None:
        raise InvalidClassName(f"Class {name} already exists.")
    changes = creation(new_class(name), body, custom_ids=house.options.schemas.allow_custom_object_id)
    await house.schemas.change(changes)
    return Plain((await _existing(house, name)).to_json())


async def update_schema(house: House, call: Call, caller: Caller, command: UpdateSchema) -> Plain:
    """Change fields, permissions and indexes of a class, and answer with all of it."""
    _for_master(caller, writes="update")
    _refuse_locked(house)
    body = _body(command.body)
    name = class_name_of(command.class_name, body)
    schema = await _existing(house, name)
    changes = alteration(schema, body, custom_ids=house.options.schemas.allow_custom_object_id)
    if changes:
        await house.schemas.change(changes)
    return Plain((await _existing(house, name)).to_json())


async def delete_schema(house: House, call: Call, caller: Caller, command: DeleteSchema) -> Plain:
    """Remove an empty class; one that does not exist is as good as removed.

    Raises InvalidSchemaOperation (255) while it holds objects.
    """
    _for_master(caller, writes="delete")
    _refuse_locked(house)
    name = command.class_name
    check_class_name(name)
    if await house.schemas.get(name) is not None:
        await house.schemas.change([DropClass(name, only_if_empty=True)])
    return NOTHING


async def purge(house: House, call: Call, caller: Caller, command: Purge) -> Plain:
    """Remove every object of a class; the class stays."""
    _for_master(caller, writes="purge")
    schema = await house.schemas.get(command.class_name)
    if schema is None:
        return NOTHING
    await house.storage.purge(schema)
    house.callers.look_around()  # sessions and roles that are gone were announced with their removal
    return NOTHING


def _for_master(caller: Caller, *, writes: str | None = None) -> None:
    if not caller.is_master:
        raise NeedsMasterKey
    if writes is not None and caller.is_read_only:
        raise OperationForbidden(detail=f"read-only masterKey isn't allowed to {writes} a schema.")


def _refuse_locked(house: House) -> None:
    """A locked schema is changed by its definition alone; a class is not removed, either (PB075)."""
    if house.options.defined.lock_schemas:
        raise OperationForbidden("Cannot perform this operation when schemas options is used.")


def _body(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidJSON("invalid JSON")
    return body


async def _existing(house: House, name: str) -> ClassSchema:
    schema = await house.schemas.get(name)
    if schema is None:
        raise InvalidClassName(f"Class {name} does not exist.")
    return schema
