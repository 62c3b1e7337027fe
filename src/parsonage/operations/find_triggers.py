"""The triggers around a read: what a beforeFind makes of the question, and an afterFind of the answer.

``find`` asks for them where the registry has such a trigger at all. Gets, finds, included objects and
sub-queries are reads of their own and run them; what the server reads for itself, such as the owner of a
relation, does not.

Rules: reference/cloud-code.md, sections 3.2, 3.3, 3.4 and 9.2; reference/security-advisories.md, row 54.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import EVERYTHING, Find, Projection
from parsonage.handlers.registry import Handler, Invocation, Kind
from parsonage.operations.house import House
from parsonage.operations.reader import Read
from parsonage.operations.triggers import call_handler, trigger_for
from parsonage.policies.class_access import refuse_closed_classes
from parsonage.protocol.objects import ParseObject
from parsonage.query.model import Condition, Equals, HasId, In, Query
from parsonage.schema.class_permissions import Operation

Rows = list[dict[str, Any]]
"""Objects as they stand in an answer."""


class Supplied(msgspec.Struct, frozen=True):
    """The objects with which a beforeFind answered in the place of the database."""

    objects: list[ParseObject]


async def run_before_find(
    house: House, call: Call, caller: Caller, find: Find, *, is_get: bool
) -> tuple[Find, Supplied | None]:
    """What is to be asked, once the class's beforeFind has seen it; and what it answered itself.

    A handler can ask anything but another class. Raises OperationForbidden (119) before it runs, for
    classes that the caller may not name.
    """
    class_name = find.query.class_name
    refuse_closed_classes(class_name, Operation.GET if is_get else Operation.FIND, caller)
    handler = trigger_for(house, Kind.BEFORE_FIND, class_name, caller)
    if handler is None:
        return find, None
    invocation = await _invocation(house, call, caller, handler, find, is_get=is_get)
    objects: list[ParseObject] | None = await call_handler(house, handler, invocation)
    call.context.update(invocation.context)
    if objects is not None:
        return find, Supplied(objects)
    asked = invocation.find
    assert asked is not None
    query = msgspec.structs.replace(asked.query, class_name=class_name)
    if is_get:  # whatever it asks instead, one object is wanted
        query = msgspec.structs.replace(query, limit=find.query.limit)
    return msgspec.structs.replace(asked, query=query, count=find.count), None


async def run_after_find(house: House, call: Call, caller: Caller, find: Find, rows: Rows, *, is_get: bool) -> Rows:
    """The objects that go out, once the class's afterFind has seen those that were found."""
    class_name = find.query.class_name
    handler = trigger_for(house, Kind.AFTER_FIND, class_name, caller)
    if handler is None:
        return rows
    invocation = await _invocation(house, call, caller, handler, find, is_get=is_get)
    invocation.objects = [ParseObject.from_json(class_name, row) for row in rows]
    objects: list[ParseObject] | None = await call_handler(house, handler, invocation)
    call.context.update(invocation.context)
    return _rows(invocation.objects if objects is None else objects)


async def read_supplied(
    house: House, call: Call, caller: Caller, find: Find, supplied: Supplied, read: Read, *, is_get: bool
) -> Rows:
    """What this caller gets of the objects that a beforeFind gave.

    Those that are stored are read again with the caller's own rights, so that a trigger does not show
    what an ACL hides; those that were never stored go out as they are.
    """
    stored = [item.id for item in supplied.objects if item.id is not None]
    if caller.sees_everything or not stored:
        return _rows(supplied.objects)
    query = Query(find.query.class_name, In("objectId", tuple(stored)))
    operation = Operation.GET if is_get else Operation.FIND
    readable = {row["objectId"]: row for row in await read(house, call, caller, query, find.projection, operation)}
    return [readable[object_id] for object_id in stored if object_id in readable]


async def read_included(
    house: House,
    call: Call,
    caller: Caller,
    query: Query,
    projection: Projection,
    judged_as: Operation | None,
    read: Read,
) -> Rows:
    """Included objects, read with the triggers of their class."""
    query = msgspec.structs.replace(query, where=_in_words(query.where))
    find = Find(query, projection)
    is_get = isinstance(query.where, Equals)
    return await _read(house, call, caller, find, judged_as, read, is_get=is_get)


async def read_for_subquery(house: House, call: Call, caller: Caller, query: Query, read: Read) -> Rows:
    """The objects that a sub-query finds, read with the triggers of their class.

    They see whole objects, not only the key that is compared, and a context of their own.
    """
    return await _read(house, call.with_context({}), caller, Find(query, EVERYTHING), None, read, is_get=False)


async def read_one(house: House, call: Call, caller: Caller, query: Query, projection: Projection, read: Read) -> Rows:
    """One object by its id, read with the triggers of its class."""
    return await _read(house, call, caller, Find(query, projection), Operation.GET, read, is_get=True)


async def _read(
    house: House, call: Call, caller: Caller, find: Find, judged_as: Operation | None, read: Read, *, is_get: bool
) -> Rows:
    call = whole_if_looked_at(house, call, find.query.class_name)
    find, supplied = await run_before_find(house, call, caller, find, is_get=is_get)
    if supplied is not None:
        rows = await read_supplied(house, call, caller, find, supplied, read, is_get=is_get)
    else:
        rows = await read(house, call, caller, find.query, find.projection, judged_as)
    return await run_after_find(house, call, caller, find, rows, is_get=is_get)


def whole_if_looked_at(house: House, call: Call, class_name: str) -> Call:
    """The call, not as text where an afterFind looks into the objects."""
    if call.as_text and house.handlers.registry.trigger(Kind.AFTER_FIND, class_name) is not None:
        return msgspec.structs.replace(call, as_text=False)
    return call


async def _invocation(
    house: House, call: Call, caller: Caller, handler: Handler, find: Find, *, is_get: bool
) -> Invocation:
    if handler.needs_roles:
        caller = await house.callers.with_roles(caller)
    return Invocation(
        kind=handler.kind,
        name=handler.name,
        caller=caller,
        call=call,
        find=find,
        is_get=is_get,
        context=dict(call.context),
    )


def _in_words(where: Condition) -> Condition:
    """An id of the server's own asking, in a condition that clients have words for."""
    if not isinstance(where, HasId):
        return where
    return Equals("objectId", where.ids[0]) if len(where.ids) == 1 else In("objectId", where.ids)


def _rows(objects: Sequence[ParseObject]) -> Rows:
    return [{**item.to_json(), "className": item.class_name} for item in objects]
