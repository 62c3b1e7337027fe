"""Reading objects: get and find, and the one story that both tell.

Closed classes, class-level permission, hidden keys, the where-clause with its sub-queries, ACL, the
database, hidden fields, includes. An included object and a sub-query are reads of their own, under the
caller's own rights: they go through ``read`` as well.

Rules: reference/query.md; reference/cloud-code.md, section 9.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import EVERYTHING, Find, Get, Plain, Projection
from parsonage.operations.files import expand_files
from parsonage.operations.find_triggers import (
    read_for_subquery,
    read_included,
    read_one,
    read_supplied,
    run_after_find,
    run_before_find,
    whole_if_looked_at,
)
from parsonage.operations.house import House
from parsonage.operations.include import everything_to_include, fill, include_paths, includes_everything
from parsonage.operations.internal_fields import whole_schema, with_internal_fields
from parsonage.operations.schemas import DECISIONS_KEPT, is_readable_name
from parsonage.operations.subqueries import carry_out_subqueries, redirected
from parsonage.operations.system_classes import behaviour_of
from parsonage.operations.time_left import check_time_left
from parsonage.policies.class_access import refuse_closed_classes
from parsonage.policies.hidden_fields import Hidden
from parsonage.policies.reading import Reading, narrowed, reading
from parsonage.protocol.errors import InvalidQuery, ObjectNotFound, OperationForbidden
from parsonage.protocol.names import SYSTEM_CLASSES
from parsonage.query.limits import check_include, check_query
from parsonage.query.model import NEVER, SCORE, Equals, HasId, Query, all_of, only_id
from parsonage.query.typed import typed, typed_condition
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema, FieldType

Wire = dict[str, Any]
"""An object as it stands in an answer."""


async def get(house: House, call: Call, caller: Caller, command: Get) -> Plain:
    """Read one object by its id. Raises ObjectNotFound (101) if it does not exist or is hidden."""
    query = Query(command.class_name, Equals("objectId", command.object_id), limit=1)
    found = await read_as_get(house, call, caller, query, command.projection)
    if not found:
        raise ObjectNotFound
    on_get = behaviour_of(command.class_name).on_get
    if on_get is not None:
        on_get(caller, found[0])
    return Plain(found[0])


async def read_as_get(
    house: House, call: Call, caller: Caller, query: Query, projection: Projection = EVERYTHING
) -> list[Wire]:
    """One object by its id, with the triggers of its class; what a log-in shows of a user comes this way, too."""
    if house.handlers.registry.has_find_triggers:
        return await read_one(house, call, caller, query, projection, read)
    return await read(house, call, caller, query, projection)


async def find(house: House, call: Call, caller: Caller, command: Find) -> Plain:
    """Read the objects that match; count all of them if that is asked for."""
    if house.handlers.registry.has_find_triggers and not command.explain:
        return await _find_with_triggers(house, call, caller, command)
    query, target = await _ready(house, caller, command)
    if command.explain:
        return Plain({"results": await _explained(house, call, caller, query)})
    body: dict[str, Any] = {"results": []}
    if query.limit != 0:
        rows = await read(house, call, caller, query, command.projection)
        if command.query.limit is None and len(rows) == query.limit:
            house.cut_finds.tell(query.class_name, len(rows))
        body["results"] = rows if target is None else _of_class(rows, target)
    if command.count:
        body["count"] = await count(house, call, caller, query)
    return Plain(body)


async def _find_with_triggers(house: House, call: Call, caller: Caller, command: Find) -> Plain:
    """The same, where a class of this app has triggers of reads: they decide what is asked, and what goes out."""
    names_no_limit = command.query.limit is None
    limited = msgspec.structs.replace(command.query, limit=effective_limit(house, command.query))
    command = msgspec.structs.replace(command, query=limited)
    command, supplied = await run_before_find(house, call, caller, command, is_get=False)
    query, target = await _ready(house, caller, command)
    call = whole_if_looked_at(house, call, query.class_name)
    found = msgspec.structs.replace(command, query=query)
    rows: list[Wire] = []
    if supplied is not None:
        rows = await read_supplied(house, call, caller, found, supplied, read, is_get=False)
    elif query.limit != 0:
        rows = await read(house, call, caller, query, command.projection)
        if names_no_limit and len(rows) == limited.limit:
            house.cut_finds.tell(query.class_name, len(rows))
    rows = await run_after_find(house, call, caller, found, rows, is_get=False)
    body: dict[str, Any] = {"results": rows if target is None else _of_class(rows, target)}
    if command.count:
        body["count"] = len(rows) if supplied is not None else await count(house, call, caller, query)
    return Plain(body)


async def _ready(house: House, caller: Caller, command: Find) -> tuple[Query, str | None]:
    """The query within the limits of this server; and the class that a redirected one is really about."""
    query = await redirected(house, command.query, command.redirect_key)
    target = None if command.redirect_key is None else query.class_name
    if not caller.sees_everything:
        check_query(query.where, command.depth, house.options.complexity)
    return (query if command.explain else msgspec.structs.replace(query, limit=effective_limit(house, query))), target


def _of_class(rows: list[Wire], class_name: str) -> list[Wire]:
    return [{**row, "className": class_name} for row in rows]


def effective_limit(house: House, query: Query) -> int | None:
    """How many objects a find answers with at most: what it asks for, within what the server allows."""
    limits = house.options.queries
    limit = limits.default_limit if query.limit is None else query.limit
    return limit if limits.max_limit is None else min(limit, limits.max_limit)


async def read(
    house: House,
    call: Call,
    caller: Caller,
    query: Query,
    projection: Projection = EVERYTHING,
    judged_as: Operation | None = None,
) -> list[Wire]:
    """The objects that match and that this caller may see, as they stand in an answer to it.

    With ``query.limit`` ``None`` every one of them. A query for one id is judged as ``get``, any other as
    ``find`` unless ``judged_as`` says so. Raises what the class-level permissions say.
    """
    check_time_left(call)
    operation = judged_as or (Operation.FIND if only_id(query.where) is None else Operation.GET)
    refuse_closed_classes(query.class_name, operation, caller)
    schema = await class_to_read(house, caller, query.class_name)
    if schema is None:
        _refuse_strangers(caller, query)
        return []
    judged, asked = await _judged(house, call, caller, schema, query, operation)
    if operation is Operation.GET and NEVER in judged.conditions:
        # Of a class whose permissions lie in pointers nobody in particular may get anything.
        raise ObjectNotFound
    plan = _plan(schema, projection, judged.hidden)
    if plan.includes and not caller.sees_everything:
        check_include(plan.includes, house.options.complexity)
    fields = with_internal_fields(schema, plan.fields, projection) if caller.is_maintenance else plan.fields
    found = await house.storage.find(schema, asked, fields)

    on_the_way_out = behaviour_of(query.class_name).on_the_way_out
    if call.as_text and plan.may_stay_text and on_the_way_out is None:
        rows = found.wire_as_text()
        if plan.includes:
            await fill(house, call, caller, schema, rows, plan.includes, plan.inner, _included)
        return rows
    rows = found.wire()
    if not judged.hidden.is_nothing:
        for row in rows:
            judged.hidden.strip(row, caller.user_id)
    if plan.drops:
        for row in rows:
            for name in plan.drops:
                row.pop(name, None)
    if on_the_way_out is not None:
        for row in rows:
            on_the_way_out(house, caller, row)
    expand_files(house, call, schema, rows)
    if plan.includes:
        await fill(house, call, caller, schema, rows, plan.includes, plan.inner, _included)
    return rows


async def _included(
    house: House,
    call: Call,
    caller: Caller,
    query: Query,
    projection: Projection = EVERYTHING,
    judged_as: Operation | None = None,
) -> list[Wire]:
    if house.handlers.registry.has_find_triggers:
        return await read_included(house, call, caller, query, projection, judged_as, read)
    return await read(house, call, caller, query, projection, judged_as)


async def _subquery(
    house: House,
    call: Call,
    caller: Caller,
    query: Query,
    projection: Projection = EVERYTHING,
    judged_as: Operation | None = None,
) -> list[Wire]:
    if house.handlers.registry.has_find_triggers:
        return await read_for_subquery(house, call, caller, query, read)
    return await read(house, call, caller, query, projection, judged_as)


async def count(house: House, call: Call, caller: Caller, query: Query) -> int:
    """How many objects match that this caller may see; judged by the ``count`` permission."""
    check_time_left(call)
    refuse_closed_classes(query.class_name, Operation.COUNT, caller)
    schema = await class_to_read(house, caller, query.class_name)
    if schema is None:
        _refuse_strangers(caller, query)
        return 0
    _, asked = await _judged(house, call, caller, schema, query, Operation.COUNT)
    return await house.storage.count(schema, asked)


def _refuse_strangers(caller: Caller, query: Query) -> None:
    """A class that asks who is there asks so before its first object is made, too."""
    narrow = behaviour_of(query.class_name).narrow
    if narrow is not None:
        narrow(caller, query)


async def _explained(house: House, call: Call, caller: Caller, query: Query) -> list[str]:
    if not (caller.is_master or house.options.access.public_explain):
        raise InvalidQuery("Using the explain query parameter requires the master key")
    schema = await class_to_read(house, caller, query.class_name)
    if schema is None:
        return []
    _, asked = await _judged(house, call, caller, schema, query, Operation.FIND)
    return await house.storage.explain(schema, asked)


async def class_to_read(house: House, caller: Caller, class_name: str) -> ClassSchema | None:
    """The class; ``None`` if it does not exist and reading it finds nothing.

    Raises OperationForbidden (119) where clients may not name a class that does not exist.
    """
    schema = await house.schemas.get(class_name)
    if schema is not None:
        return schema
    known = class_name in SYSTEM_CLASSES and is_readable_name(class_name)
    if not (known or caller.sees_everything or house.options.schemas.allow_client_class_creation):
        raise no_such_class(class_name)
    return None


def no_such_class(class_name: str) -> OperationForbidden:
    """The refusal for clients that name a class which does not exist."""
    return OperationForbidden(detail=f"This user is not allowed to access non-existent class: {class_name}")


async def _judged(
    house: House, call: Call, caller: Caller, schema: ClassSchema, query: Query, operation: Operation
) -> tuple[Reading, Query]:
    """What the policies say, and the query that the database is asked."""
    caller = await house.callers.with_roles(caller)
    judged = _reading(house, schema, caller, operation)
    object_id = only_id(query.where)
    narrow = behaviour_of(schema.name).narrow
    if narrow is not None:
        query = narrow(caller, query)
    if object_id is not None and narrow is None:
        if judged.error is not None:
            raise judged.error
        guards = [typed_condition(condition, schema) for condition in judged.conditions]
        where = all_of(HasId((object_id,)), *guards)
        return judged, Query(query.class_name, where, skip=query.skip, limit=query.limit)
    query = narrowed(judged, schema, query, caller)
    query = await carry_out_subqueries(house, call, caller, query, read, _subquery)
    # Keys may ask about internal fields, too; which of them a caller may name was decided before.
    return judged, typed(query, whole_schema(schema) if caller.sees_everything else schema)


def _reading(house: House, schema: ClassSchema, caller: Caller, operation: Operation) -> Reading:
    """What the policies say of a read; asked once for each class, operation and set of names."""
    decisions = house.schemas.decisions
    key = (schema.name, operation, caller.names, caller.user_id, caller.sees_everything)
    known: tuple[ClassSchema, Reading] | None = decisions.get(key)
    # A request that began before the class was changed may come here after it: what it learns is its own.
    if known is not None and known[0] is schema:
        return known[1]
    access = house.options.access
    exempt = access.protected_fields_owner_exempt
    judged = reading(schema, caller, operation, access.protected_fields, owner_exempt=exempt)
    if len(decisions) >= DECISIONS_KEPT:
        decisions.clear()
    decisions[key] = (schema, judged)
    return judged


class _Plan(msgspec.Struct, frozen=True):
    """What a projection means for one class and one caller."""

    fields: Sequence[str] | None = None
    """The fields that the database reads; ``None`` for all."""
    includes: Sequence[str] = ()
    inner: Mapping[str, Projection] = {}
    """What is wanted of the objects at an include path."""
    drops: Set[str] = frozenset()
    """Fields that were only read to judge an object."""
    may_stay_text: bool = False
    """Whether nobody has to look into their Object and Array fields."""


def _through_pointers(schema: ClassSchema, includes: Sequence[str]) -> bool:
    """Whether every include begins at a Pointer, so that lists and maps need not be looked through."""
    fields = (schema.fields.get(path.split(".", 1)[0]) for path in includes)
    return all(field is not None and field.type is FieldType.POINTER for field in fields)


def _plan(schema: ClassSchema, projection: Projection, hidden: Hidden) -> _Plan:
    if projection.is_plain:
        return _Plan(may_stay_text=hidden.is_nothing and not schema.has_files)
    includes, inner = include_paths(schema, projection)
    roots: set[str] = set(schema.fields)
    if projection.keys is not None:
        relations = (name for name, field in schema.fields.items() if field.type is FieldType.RELATION)
        roots = {key.split(".", 1)[0] for key in projection.keys}
        if includes_everything(projection):
            roots.update(everything_to_include(schema))
        roots.update(relations)
    roots.difference_update(key for key in projection.exclude_keys if "." not in key)
    judging = hidden.judging_fields - roots
    score = (SCORE,) if projection.keys is not None and SCORE in projection.keys else ()
    return _Plan(
        fields=(*(name for name in schema.fields if name in roots or name in judging), *score),
        includes=includes,
        inner=inner,
        drops=judging,
        may_stay_text=hidden.is_nothing and not (judging or schema.has_files) and _through_pointers(schema, includes),
    )
