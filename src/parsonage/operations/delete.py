"""Deleting an object: triggers, the guard, what goes with it.

Rules: reference/rest-core.md, section 9.3; reference/cloud-code.md, section 9.3; PB068.
"""

from __future__ import annotations

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import EVERYTHING, NOTHING, Delete, Plain, Projection
from parsonage.handlers.registry import ON_FINDS, Kind
from parsonage.operations.files import expand_files
from parsonage.operations.find import class_to_read
from parsonage.operations.find_triggers import Rows, read_one
from parsonage.operations.house import House
from parsonage.operations.shielded import shielded
from parsonage.operations.system_classes import behaviour_of
from parsonage.operations.time_left import after_the_write, check_time_left
from parsonage.operations.triggers import run_trigger, trigger_for
from parsonage.policies.class_access import refuse_closed_classes
from parsonage.policies.hidden_fields import hidden_fields
from parsonage.policies.writing import writing
from parsonage.protocol.errors import ObjectNotFound
from parsonage.protocol.objects import ParseObject
from parsonage.query.model import Condition, Equals, HasId, Query, all_of
from parsonage.query.typed import typed, typed_condition
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema
from parsonage.storage.changes import Change, NothingMatched, Notice, Outcome, Remove, Unit


class PreparedDelete(msgspec.Struct, frozen=True):
    """A delete that only has to be written."""

    command: Delete
    caller: Caller
    unit: Unit
    index: int
    doomed: ParseObject | None
    missing: str | None


async def delete(house: House, call: Call, caller: Caller, command: Delete) -> Plain:
    """Remove one object. Raises ObjectNotFound (101) if it is not there or may not be removed."""
    prepared = await prepare_delete(house, call, caller, command)
    return await shielded(call, _write_and_settle(house, call, prepared))


async def _write_and_settle(house: House, call: Call, prepared: PreparedDelete) -> Plain:
    outcome = (await house.storage.write([prepared.unit]))[0]
    return await settle_delete(house, call, prepared, outcome)


async def prepare_delete(house: House, call: Call, caller: Caller, command: Delete) -> PreparedDelete:
    """Everything before the write."""
    with behaviour_of(command.class_name).in_its_words(caller):
        return await _prepare(house, call, caller, command)


async def _prepare(house: House, call: Call, caller: Caller, command: Delete) -> PreparedDelete:
    refuse_closed_classes(command.class_name, Operation.DELETE, caller)
    behaviour = behaviour_of(command.class_name)
    if behaviour.before_delete is not None:
        behaviour.before_delete(caller, command.object_id)
    schema = await class_to_read(house, caller, command.class_name)
    missing = behaviour.missing_on_delete
    if schema is None:
        if behaviour.narrow is not None:
            behaviour.narrow(caller, Query(command.class_name))
        raise ObjectNotFound(missing)
    caller = await house.callers.with_roles(caller)
    guard = writing(schema, caller, Operation.DELETE)
    if behaviour.narrow is not None:
        guard = all_of(guard, behaviour.narrow(caller, Query(command.class_name)).where)
    guard = typed_condition(guard, schema)
    before = trigger_for(house, Kind.BEFORE_DELETE, command.class_name, caller)
    after = trigger_for(house, Kind.AFTER_DELETE, command.class_name, caller)
    doomed: ParseObject | None = None
    if before is not None or after is not None:
        missing = "Object not found for delete."
        removable = _Removable(schema, guard)
        if any(house.handlers.registry.trigger(kind, schema.name) for kind in ON_FINDS):
            # The triggers of reads may refuse or hide it. They have a context of their own.
            asked = Query(schema.name, Equals("objectId", command.object_id), limit=1)
            if not await read_one(house, call.with_context({}), caller, asked, EVERYTHING, removable.read):
                raise ObjectNotFound(missing)
        rows = await removable.read(house, call, caller, Query(schema.name, HasId((command.object_id,))))
        if not rows:
            raise ObjectNotFound(missing)
        doomed = ParseObject.from_json(schema.name, rows[0])
    if before is not None:
        await run_trigger(house, call, caller, before, doomed)
    changes: list[Change] = []
    notices: list[Notice] = []
    if behaviour.deleting is not None:
        more, told = await behaviour.deleting(house, command.object_id)
        changes.extend(more)
        notices.extend(told)
    check_time_left(call)
    unit = Unit((Remove(schema, command.object_id, guard), *changes), tuple(notices))
    return PreparedDelete(command, caller, unit, 0, doomed, missing)


class _Removable(msgspec.Struct, frozen=True):
    """The objects of a class that the caller may remove, whether it may read them or not."""

    schema: ClassSchema
    guard: Condition

    async def read(
        self,
        house: House,
        call: Call,
        caller: Caller,
        query: Query,
        projection: Projection = EVERYTHING,
        judged_as: Operation | None = None,
    ) -> Rows:
        """Those that match, at most one, without what is hidden from the caller."""
        asked = Query(self.schema.name, all_of(query.where, self.guard), limit=1)
        rows = (await house.storage.find(self.schema, typed(asked, self.schema))).wire()
        expand_files(house, call, self.schema, rows)
        access = house.options.access
        exempt = access.protected_fields_owner_exempt
        hidden = hidden_fields(self.schema, caller, access.protected_fields, owner_exempt=exempt)
        on_the_way_out = behaviour_of(self.schema.name).on_the_way_out
        for row in rows:
            hidden.strip(row, caller.user_id)
            if on_the_way_out is not None:
                on_the_way_out(house, caller, row)
        return rows


async def settle_delete(house: House, call: Call, prepared: PreparedDelete, outcome: Outcome) -> Plain:
    """Everything after the write; what an afterDelete raises reaches the client, as on Parse Server."""
    call = after_the_write(call)
    with behaviour_of(prepared.command.class_name).in_its_words(prepared.caller):
        return await _settle(house, call, prepared, outcome)


async def _settle(house: House, call: Call, prepared: PreparedDelete, outcome: Outcome) -> Plain:
    if isinstance(outcome, NothingMatched):
        raise ObjectNotFound(prepared.missing)
    for notice in prepared.unit.notices:
        house.callers.heed(notice)
    handler = trigger_for(house, Kind.AFTER_DELETE, prepared.command.class_name, prepared.caller)
    if handler is not None:
        await run_trigger(house, call, prepared.caller, handler, prepared.doomed)
    return NOTHING
