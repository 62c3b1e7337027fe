"""Saving an object: create and update, in the order that old apps rely on.

A save has two halves with one write between them. ``prepare`` checks, runs the beforeSave and says what
is to be written; ``settle`` runs the afterSave and answers. No lock and no connection is held while a
handler runs, and a batch can prepare many, write once and settle them all.

Rules: reference/rest-core.md, section 9; reference/cloud-code.md, section 9.1.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import Create, Created, Plain, Update
from parsonage.handlers.registry import Handler, Kind
from parsonage.operations.draft import Answer, Draft, without_own
from parsonage.operations.files import expand_files
from parsonage.operations.find import no_such_class
from parsonage.operations.house import House
from parsonage.operations.idempotency import entry, remembered
from parsonage.operations.internal_fields import take_internal_fields
from parsonage.operations.schemas import DECISIONS_KEPT
from parsonage.operations.shielded import shielded
from parsonage.operations.system_classes import behaviour_of
from parsonage.operations.time_left import after_the_write, check_time_left
from parsonage.operations.triggers import log_event, run_trigger, trigger_for
from parsonage.policies import reserved
from parsonage.policies.class_access import refuse_closed_classes
from parsonage.policies.files import check_changes
from parsonage.policies.hidden_fields import Hidden, hidden_fields
from parsonage.policies.object_access import default_acl
from parsonage.policies.writing import adding_fields, writing
from parsonage.protocol import field_operations as op
from parsonage.protocol.encoding import encode
from parsonage.protocol.errors import (
    ClassChanged,
    DuplicateValue,
    InvalidJSON,
    ObjectNotFound,
    ParseError,
    UsernameTaken,
)
from parsonage.protocol.field_operations import get_path
from parsonage.protocol.names import SYSTEM_CLASSES
from parsonage.protocol.objects import ParseObject, encode_answer
from parsonage.protocol.values import format_milliseconds
from parsonage.query.model import Condition, HasId, Query, all_of
from parsonage.query.typed import typed, typed_condition
from parsonage.schema.check import complete, names_new_fields, new_fields
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema, Field
from parsonage.storage.changes import Duplicate, Failed, NothingMatched, Outcome, Unit, Written

log = logging.getLogger("parsonage.cloud")


MOST_NEW_FIELDS = 500
"""Inner limit on what one write of a client adds to its class: nobody else writes while the columns are made."""


class Prepared(msgspec.Struct, frozen=True):
    """A save that only has to be written."""

    draft: Draft
    unit: Unit
    index: int
    """The place of the object's own change in the unit."""
    now: int
    answer: Answer | None = None
    """What a system class answers in place of the object's own write."""


async def save(house: House, call: Call, caller: Caller, command: Create | Update) -> Created | Plain:
    """Create or update one object, and answer with what the client does not know yet."""
    prepared = await prepare(house, call, caller, command)
    if not isinstance(prepared, Prepared):
        async with remembered(house, call):
            return prepared
    return await shielded(call, _write_and_settle(house, call, prepared))


async def _write_and_settle(house: House, call: Call, prepared: Prepared) -> Created | Plain:
    outcome = (await house.storage.write([prepared.unit]))[0]
    if isinstance(outcome, Failed) and isinstance(outcome.error, ClassChanged) and prepared.answer is None:
        prepared = await _fitted_anew(house, prepared)
        outcome = (await house.storage.write([prepared.unit]))[0]
    return await settle(house, call, prepared, outcome)


async def _fitted_anew(house: House, prepared: Prepared) -> Prepared:
    """The same save for its class as it is now: a field or the class itself was dropped since it was looked at.

    What the class lacks is added under the caller's permission, as at first; no trigger runs again.
    """
    draft = prepared.draft
    house.schemas.forget()
    draft.schema, draft.class_exists = await house.schemas.get_or_born(draft.class_name)
    if not draft.class_exists and not draft.creating:
        raise ObjectNotFound
    draft.schema = await house.schemas.grow(draft.schema, permitted_growth(draft), exists=draft.class_exists)
    _fit(draft)
    returning = () if draft.creating else _asked_back(draft)
    unit, index = draft.unit(prepared.now, prepared.now, returning)
    return msgspec.structs.replace(prepared, unit=unit, index=index)


def permitted_growth(draft: Draft) -> dict[str, Field]:
    """The fields that the write adds to its class, if the caller may; a permission by pointer narrows the guard."""
    narrowing: Condition | None = None
    if names_new_fields(draft.schema, draft.operations):
        error, narrowing = adding_fields(draft.schema, draft.caller, creating=draft.creating)
        if error is not None:
            raise error
    added = new_fields(draft.schema, draft.operations)
    if added:
        if len(added) > MOST_NEW_FIELDS and not draft.caller.sees_everything:
            raise InvalidJSON(f"a client may bring {MOST_NEW_FIELDS} new fields at once at most")
        if narrowing is not None:
            draft.guard = all_of(draft.guard, narrowing)
    return added


def _fit(draft: Draft) -> None:
    """Fit the draft to its class, which has all its fields now."""
    draft.drop_unknown()
    if not draft.creating:
        draft.guard = typed_condition(draft.guard, draft.schema)


async def prepare(house: House, call: Call, caller: Caller, command: Create | Update) -> Prepared | Created | Plain:
    """Everything before the write. A system class may answer at once: nothing is then left to write."""
    if isinstance(command, Create):
        return await _prepare(house, call, caller, command)
    with behaviour_of(command.class_name).in_its_words(caller):
        return await _prepare(house, call, caller, command)


async def _prepare(house: House, call: Call, caller: Caller, command: Create | Update) -> Prepared | Created | Plain:
    draft = await started(house, caller, command)
    behaviour = behaviour_of(draft.class_name)

    if behaviour.before_check is not None:
        answer = await behaviour.before_check(house, call, draft)
        if answer is not None:
            if answer.unit is not None:
                unit = Unit((*entry(house, call), *answer.unit.changes), answer.unit.notices)
                return Prepared(draft, unit, 0, house.clock(), answer)
            return await _answered(house, call, draft, answer)
    before_save = trigger_for(house, Kind.BEFORE_SAVE, draft.class_name, draft.caller)
    if not draft.creating and (
        before_save is not None or trigger_for(house, Kind.AFTER_SAVE, draft.class_name, draft.caller) is not None
    ):
        draft.original = await _load_original(house, call, draft)
    if before_save is not None:
        await _run_before_save(house, call, draft, before_save)

    # Only now: a trigger may repair types, and fill what is required.
    added = permitted_growth(draft)
    if draft.schema.has_defaults_or_required:
        draft.operations, draft.filled = complete(draft.schema, draft.operations, creating=draft.creating)
    if draft.creating and draft.acl is None:
        draft.acl = default_acl(draft.schema, draft.caller)
        if draft.acl is not None:
            draft.answer["ACL"] = draft.acl.to_json()
    if behaviour.before_write is not None:
        await behaviour.before_write(house, call, draft)

    check_time_left(call)
    if added or not draft.class_exists:
        draft.schema = await house.schemas.grow(draft.schema, added, exists=draft.class_exists)
    _fit(draft)
    created = updated = house.clock()
    if draft.creating and draft.caller.is_maintenance:
        created, updated = reserved.given_dates(draft.body, updated)
    draft.before[:0] = entry(house, call)
    unit, index = draft.unit(created, updated, () if draft.creating else _asked_back(draft))
    return Prepared(draft, unit, index, created if draft.creating else updated)


async def settle(house: House, call: Call, prepared: Prepared, outcome: Outcome) -> Created | Plain:
    """Everything after the write: caches, the afterSave, the answer.

    Raises ObjectNotFound (101) where the guard let nothing through, DuplicateValue (137) or the class's
    own error for a unique field, and the operation's own error where it could not be carried out.
    """
    draft, call = prepared.draft, after_the_write(call)
    if not isinstance(outcome, Written):
        with behaviour_of(draft.class_name).in_its_words(draft.caller):
            refusal = _refusal(outcome, prepared.answer)
            if isinstance(refusal, UsernameTaken):
                log_event(house.options.event_logs.username_taken, "%s: the user name is taken", draft.caller)
            raise refusal
    for notice in prepared.unit.notices:
        house.callers.heed(notice)
    if prepared.answer is not None:
        return await _answered(house, call, draft, prepared.answer)
    row = outcome.rows[prepared.index]
    body = _created(draft, prepared.now) if draft.creating else _updated(draft, prepared.now, row)
    handler = trigger_for(house, Kind.AFTER_SAVE, draft.class_name, draft.caller)
    if handler is not None:
        body = await _run_after_save(house, call, draft, handler, body, _final(draft, prepared.now, row))
    if not house.options.access.save_answers_exempt:
        _strip_hidden(house, draft, body)
    if draft.creating:
        return Created(draft.class_name, draft.object_id, body)
    return Plain(body)


def _strip_hidden(house: House, draft: Draft, body: dict[str, Any]) -> None:
    """Take protected fields out of the answer to a write; a user field opens nothing there."""
    hidden = _hidden_from_caller(house, draft)
    if hidden.own_id is None or hidden.own_id != draft.object_id:
        for field in hidden.always:
            body.pop(field, None)


def _hidden_from_caller(house: House, draft: Draft) -> Hidden:
    access = house.options.access
    exempt = access.protected_fields_owner_exempt
    return hidden_fields(draft.schema, draft.caller, access.protected_fields, owner_exempt=exempt)


def _refusal(outcome: NothingMatched | Duplicate | Failed, answer: Answer | None) -> Exception:
    match outcome:
        case NothingMatched():
            return (answer.unless if answer is not None else None) or ObjectNotFound()
        case Duplicate(_, class_name, field):
            duplicate = behaviour_of(class_name).duplicate
            return duplicate(field) if duplicate is not None else DuplicateValue(class_name, field)
        case Failed(_, error):
            return error


async def _answered(house: House, call: Call, draft: Draft, answer: Answer) -> Created | Plain:
    """The answer of a system class. A log-in by authData saves nothing, and its afterSave runs all the same."""
    handler = trigger_for(house, Kind.AFTER_SAVE, draft.class_name, draft.caller)
    if handler is not None:
        stored = {name: value for name, value in answer.body.items() if name != "authDataResponse"}
        final = ParseObject.from_json(draft.class_name, stored)
        body = await _run_after_save(house, call, draft, handler, answer.body, final)
        answer = msgspec.structs.replace(answer, body=body)
    if answer.status == 201 or answer.object_id:
        return Created(draft.class_name, answer.object_id, answer.body, answer.status)
    return Plain(answer.body)


async def started(house: House, caller: Caller, command: Create | Update) -> Draft:
    """The draft, once everything is checked that needs no look at the object."""
    creating = isinstance(command, Create)
    class_name, body = command.class_name, command.body
    options = house.options
    operation = Operation.CREATE if creating else Operation.UPDATE
    refuse_closed_classes(class_name, operation, caller)
    schema, exists = await house.schemas.get_or_born(class_name)
    if not exists:
        reserved.check_class_name(class_name)
        if not (caller.sees_everything or options.schemas.allow_client_class_creation or class_name in SYSTEM_CLASSES):
            raise no_such_class(class_name)
        if isinstance(command, Update):
            _refuse_strangers(caller, command)
            raise ObjectNotFound
    if caller.user_id is not None:
        caller = await house.callers.with_roles(caller)
    reserved.check_names(schema, body.operations, creating=creating, caller=caller)
    reserved.refuse_denied_keywords(body.operations, options.access.denied_keywords)
    if options.uploads.checks_links:
        check_changes(options.uploads.url_domains, body.operations)
    reserved.refuse_internal_pointers(body.operations, caller)
    reserved.check_dates(class_name, body.raw)
    object_id = command.object_id if isinstance(command, Update) else None
    if object_id is None:
        object_id = reserved.given_id(body, allow_custom=options.schemas.allow_custom_object_id)
    try:
        guard = _guard(house, schema, caller, operation)
    except ParseError:
        # Parse Server looks first at what the body brings: whether it may bring new fields, then types.
        if names_new_fields(schema, body.operations):
            not_allowed, _ = adding_fields(schema, caller, creating=creating)
            if not_allowed is not None:
                raise not_allowed from None
        new_fields(schema, body.operations)
        raise
    if isinstance(command, Update):
        _refuse_strangers(caller, command)
    draft = Draft(
        schema=schema,
        class_exists=exists,
        caller=caller,
        creating=creating,
        object_id=object_id or house.new_id(),
        body=body,
        guard=guard,
        operations=without_own(body.operations),
        acl=body.acl,
    )
    if caller.is_maintenance:
        take_internal_fields(draft)
    return draft


def _refuse_strangers(caller: Caller, command: Update) -> None:
    before_update = behaviour_of(command.class_name).before_update
    if before_update is not None:
        before_update(caller, command.object_id)


def _guard(house: House, schema: ClassSchema, caller: Caller, operation: Operation) -> Condition:
    """What the policies say of a write; asked once for each class, operation and set of names."""
    decisions = house.schemas.decisions
    key = (schema.name, operation, caller.names, caller.user_id, caller.sees_everything)
    known: tuple[ClassSchema, Condition] | None = decisions.get(key)
    # As for a read: what a request learns that began before the class was changed is its own.
    if known is not None and known[0] is schema:
        return known[1]
    guard = writing(schema, caller, operation)
    if len(decisions) >= DECISIONS_KEPT:
        decisions.clear()
    decisions[key] = (schema, guard)
    return guard


async def _run_before_save(house: House, call: Call, draft: Draft, handler: Handler) -> None:
    # The class is made before the handler runs, and stays if it refuses (reference/cloud-code.md, section 3.3).
    draft.schema = await house.schemas.grow(draft.schema, {}, exists=draft.class_exists)
    draft.class_exists = True
    seen = draft.object_for_trigger()
    checked = frozenset(draft.operations)
    await run_trigger(house, call, draft.caller, handler, seen, draft.original)
    draft.take_from_trigger(seen)
    # The handler may have taken long, or changed the class itself: what follows is checked against what is now.
    draft.schema, draft.class_exists = await house.schemas.get_or_born(draft.class_name)
    # The client's own names were checked; the rest of them is the server's, such as authData.anonymous.
    reserved.check_names(draft.schema, draft.operations.keys() - checked, creating=draft.creating, caller=draft.caller)
    reserved.refuse_denied_keywords(draft.operations, house.options.access.denied_keywords)


async def _load_original(house: House, call: Call, draft: Draft) -> ParseObject:
    """The object as it is stored, if the guard lets this caller write it."""
    where = all_of(HasId((draft.object_id,)), draft.guard)
    query = typed(Query(draft.class_name, where, limit=1), draft.schema)
    rows = (await house.storage.find(draft.schema, query)).wire()
    if not rows:
        raise ObjectNotFound
    if not house.options.access.triggers_exempt:
        _hidden_from_caller(house, draft).strip(rows[0], draft.caller.user_id)
    on_the_way_out = behaviour_of(draft.class_name).on_the_way_out
    if on_the_way_out is not None:
        on_the_way_out(house, draft.caller, rows[0])
    expand_files(house, call, draft.schema, rows)
    return ParseObject.from_json(draft.class_name, rows[0])


async def _run_after_save(
    house: House, call: Call, draft: Draft, handler: Handler, body: dict[str, Any], final: ParseObject
) -> dict[str, Any]:
    """What the trigger sets or returns goes into the answer; what it raises is only logged.

    The object is stored, and a client that hears of an error would send it again.
    """
    try:
        result = await run_trigger(house, call, draft.caller, handler, final, draft.original)
    except Exception as error:
        log.error("%s failed; the object is saved all the same: %s", handler, error)
        return body
    if isinstance(result, Mapping):
        return {str(key): encode_answer(value) for key, value in result.items()}
    changed = {key: encode_answer(final.get(key)) for key in final.dirty_keys if "." not in key and key != "ACL"}
    return {**body, **_told_besides(draft, final), **changed}


def _told_besides(draft: Draft, final: ParseObject) -> dict[str, Any]:
    """What Parse Server tells once an afterSave has run: all that the object has and the client did not send so.

    That is the whole of a field of which a part was changed, and a relation that the object did not have.
    """
    told: dict[str, Any] = {}
    before = draft.original
    for key, operation in draft.operations.items():
        root, dot, _ = key.partition(".")
        if key not in draft.body.operations:
            continue
        if isinstance(operation, op.RelationChange):
            if before is None or root not in before:
                told[root] = {"__type": "Relation", "className": draft.schema.fields[root].target_class}
        elif dot and (before is None or final.get(root) != before.get(root)):
            told[root] = encode_answer(final.get(root))
    for name in behaviour_of(draft.class_name).told_after_save:
        told[name] = final.get(name)
    return told


def _asked_back(draft: Draft) -> tuple[str, ...]:
    """Fields that the database decides and the answer, or the afterSave, has to know."""
    echoed = draft.echoed()
    return tuple(dict.fromkeys([key.partition(".")[0] for key in echoed])) if echoed else ()


def _created(draft: Draft, now: int) -> dict[str, Any]:
    told = [*_asked_back(draft), *draft.filled, *sorted(draft.changed_by_trigger)]
    body: dict[str, Any] = {}
    values = draft.values()[0] if told else {}
    for name in told:
        if name == "ACL":
            body["ACL"] = draft.acl.to_json() if draft.acl is not None else {}
        elif values.get(name) is not None:
            body[name] = encode(values[name])
        elif name in draft.unset_by_trigger or isinstance(draft.operations.get(name), op.Unset):
            body[name] = {"__op": "Delete"}
    body.pop("password", None)
    body["objectId"] = draft.object_id
    body["createdAt"] = format_milliseconds(now)
    body.update(draft.answer)
    return body


def _updated(draft: Draft, now: int, row: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for key in draft.echoed():
        root, dot, rest = key.partition(".")
        if not dot:
            body[root] = row.get(root)
        else:
            _lay(body.setdefault(root, {}), rest.split("."), get_path(row.get(root), rest.split(".")))
    for name in sorted(draft.changed_by_trigger):
        operation = draft.operations.get(name)
        if name == "ACL":
            body["ACL"] = draft.acl.to_json() if draft.acl is not None else {}
        elif isinstance(operation, op.Set):
            body[name] = encode(operation.value)
        elif isinstance(operation, op.Unset):
            body[name] = {"__op": "Delete"}
        elif operation is None and draft.original is not None and name in draft.original:
            # The trigger took the client's change back, or changed a part of the field.
            body[name] = encode_answer(draft.object_for_trigger().get(name))
    body.pop("password", None)
    return {**body, "updatedAt": format_milliseconds(now), **draft.answer}


def _lay(body: dict[str, Any], path: list[str], value: Any) -> None:
    """Put a value at a path: the answer to a nested operation shows the touched path only."""
    for key in path[:-1]:
        body = body.setdefault(key, {})
    body[path[-1]] = value


def _final(draft: Draft, now: int, row: Mapping[str, Any]) -> ParseObject:
    """The object as it is stored now, for the afterSave."""
    made = draft.object_for_trigger()
    made.change_with({}, draft.acl)
    json = made.to_json()
    json.update({name: value for name, value in row.items() if value is not None})
    for name in draft.filled:
        json[name] = encode(draft.value(name))
    for name, operation in draft.operations.items():
        if isinstance(operation, op.RelationChange):
            json[name] = {"__type": "Relation", "className": draft.schema.fields[name].target_class}
    json["objectId"] = draft.object_id
    json["updatedAt"] = format_milliseconds(now)
    if draft.creating:
        json["createdAt"] = json["updatedAt"]
    json.pop("password", None)
    if "sessionToken" in draft.answer:
        json["sessionToken"] = draft.answer["sessionToken"]
    return ParseObject.from_json(draft.class_name, json)
