"""Sub-queries and relations inside a query → plain conditions.

A sub-query is a read of its own, under the caller's rights; its ``limit``, ``skip`` and ``order`` are
ignored, as on Parse Server. ``find`` hands in ``read``, and ``find_for`` which runs the triggers of the
class besides; nothing of it is imported.

Rules: reference/query.md, section 2.5; PB048, PB049; advisories 35 and 42.
"""

from __future__ import annotations

from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Projection
from parsonage.operations.house import House
from parsonage.operations.reader import Read
from parsonage.policies.hidden_fields import hidden_fields
from parsonage.protocol.encoding import decode, pointer_of
from parsonage.protocol.errors import OperationForbidden
from parsonage.protocol.names import MASTER_ONLY_CLASSES
from parsonage.protocol.values import Pointer, Value
from parsonage.query.model import (
    NEVER,
    And,
    Condition,
    Equals,
    In,
    InSubquery,
    Not,
    Or,
    Query,
    RelatedTo,
    all_of,
    any_of,
    negation,
    walk,
)
from parsonage.schema.model import FieldType


async def carry_out_subqueries(
    house: House, call: Call, caller: Caller, query: Query, read: Read, find_for: Read
) -> Query:
    """The query with every sub-query replaced by the values that it found."""
    if not any(isinstance(part, (InSubquery, RelatedTo)) for part in walk(query.where)):
        return query
    where = await _replaced(house, call, caller, query.where, read, find_for)
    return msgspec.structs.replace(query, where=where)


async def _replaced(
    house: House, call: Call, caller: Caller, condition: Condition, read: Read, find_for: Read
) -> Condition:
    match condition:
        case And(conditions):
            return all_of(*[await _replaced(house, call, caller, part, read, find_for) for part in conditions])
        case Or(conditions):
            return any_of(*[await _replaced(house, call, caller, part, read, find_for) for part in conditions])
        case Not(inner):
            return negation(await _replaced(house, call, caller, inner, read, find_for))
        case InSubquery():
            return await _values_of(house, call, caller, condition, find_for)
        case RelatedTo():
            return await _if_owner_is_readable(house, call, caller, condition, read)
    return condition


async def _values_of(house: House, call: Call, caller: Caller, subquery: InSubquery, find_for: Read) -> Condition:
    query, key = subquery.query, subquery.selected
    call = msgspec.structs.replace(call, as_text=False)  # the values are looked at, whatever goes out in the end
    cap = house.options.complexity.subquery_limit
    query = await redirected(house, query, subquery.redirect_key)
    if cap > 0 and not caller.sees_everything:
        query = msgspec.structs.replace(query, limit=cap)
    if key is None:
        rows = await find_for(house, call, caller, query, Projection(keys=()))
        # An afterFind may have put an object there that was never stored.
        ids = [row["objectId"] for row in rows if "objectId" in row]
        found: tuple[Value, ...] = tuple(Pointer(query.class_name, object_id) for object_id in ids)
    else:
        await _refuse_hidden(house, caller, query.class_name, key)
        rows = await find_for(house, call, caller, query, Projection(keys=(key,)))
        selected = [_value_at(row, key) for row in rows]
        # Lists are taken apart by one level, as they are under ``$in``.
        values = [value for item in selected for value in (item if isinstance(item, list) else [item])]
        found = tuple(value for value in values if value is not None)
    return In(subquery.key, found) if found else NEVER


async def redirected(house: House, query: Query, relation: str | None) -> Query:
    """The query, asked of the class that a relation of its class leads to; as it is where there is no such relation.

    The target is read under its own permissions, and sessions are never reached this way (GHSA-6r2j-cxgf-495f).
    """
    schema = await house.schemas.get(query.class_name) if relation is not None else None
    field = schema.fields.get(relation) if schema is not None and relation is not None else None
    if field is None or field.type is not FieldType.RELATION or field.target_class in (None, "_Session"):
        return query
    return msgspec.structs.replace(query, class_name=field.target_class)


async def _refuse_hidden(house: House, caller: Caller, class_name: str, key: str) -> None:
    schema = await house.schemas.get(class_name)
    if schema is None:
        return
    access = house.options.access
    caller = await house.callers.with_roles(caller)
    hidden = hidden_fields(schema, caller, access.protected_fields, owner_exempt=access.protected_fields_owner_exempt)
    if key.split(".", 1)[0] in hidden.always:
        raise OperationForbidden(detail=f"This user is not allowed to query {key} on class {class_name}")


def _value_at(row: Any, path: str) -> Value:
    value = row
    for key in path.split("."):
        if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            value = value.get(key) if isinstance(value, dict) else None
    pointer = pointer_of(value)
    return pointer if pointer is not None else decode(value, nested=True)


async def _if_owner_is_readable(house: House, call: Call, caller: Caller, related: RelatedTo, read: Read) -> Condition:
    """The relation of an object that the caller can't read holds nothing for it."""
    owner = related.owner
    if caller.sees_everything:
        return related
    if owner.class_name in MASTER_ONLY_CLASSES:
        return NEVER
    await _refuse_hidden(house, caller, owner.class_name, related.key)
    rows = await read(
        house, call, caller, Query(owner.class_name, Equals("objectId", owner.object_id), limit=1), Projection(keys=())
    )
    return related if rows else NEVER
