"""_Installation: one row for each install of the app on a device, however often it is sent.

What gives way to the row that is written goes in the same unit: a beforeSave that refuses, or a server that
dies, leaves every row as it was.

Rules: reference/files-push.md, section 5.
"""

from __future__ import annotations

import logging

from parsonage.commands.call import Call
from parsonage.operations.draft import Answer, Draft
from parsonage.operations.house import House
from parsonage.operations.system_classes.behaviour import Behaviour
from parsonage.policies.installations import Losers, Sent, decide
from parsonage.policies.writing import writing
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import MissingPart, ParseError
from parsonage.query.model import ALWAYS, Condition, Query, Sort, all_of, any_of
from parsonage.query.typed import typed, typed_condition
from parsonage.schema.class_permissions import Operation
from parsonage.storage.changes import Patch, RemoveAll

log = logging.getLogger("parsonage.requests")

_APPLE_TOKEN_LENGTH = 64


async def _before_check(house: House, call: Call, draft: Draft) -> Answer | None:
    caller = draft.caller
    if draft.creating and not (draft.sets("deviceToken") or draft.sets("installationId") or caller.installation_id):
        raise MissingPart("at least one ID field (deviceToken, installationId) must be specified in this operation")
    _normalise(draft)
    sent = _sent(draft, None if caller.sees_everything else _lower(caller.installation_id))
    if not draft.creating and not (sent.device_token or sent.asked_id or sent.device_type):
        return None
    rows = await _matching(house, draft, sent)
    decision = decide(sent, rows, house.options.installations)
    if decision.survivor is not None:
        if draft.creating:
            draft.guard = writing(draft.schema, caller, Operation.UPDATE)
        draft.creating = False
        draft.object_id = decision.survivor
    if decision.losers is not None:
        await _give_way(house, draft, decision.losers)
    return None


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _normalise(draft: Draft) -> None:
    """Apple's tokens are hexadecimal, and installation ids are UUIDs: in either, small letters are meant."""
    token, installation_id = draft.value("deviceToken"), draft.value("installationId")
    if isinstance(token, str) and len(token) == _APPLE_TOKEN_LENGTH:
        draft.set("deviceToken", token.lower())
    if isinstance(installation_id, str):
        draft.set("installationId", installation_id.lower())


def _sent(draft: Draft, own_id: str | None) -> Sent:
    def text(field: str) -> str | None:
        value = draft.value(field)
        return value if isinstance(value, str) and value else None

    repeated_id = draft.body.raw.get("objectId")
    return Sent(
        object_id=None if draft.creating else draft.object_id,
        repeated_id=repeated_id if isinstance(repeated_id, str) else None,
        installation_id=text("installationId"),
        own_installation_id=own_id,
        device_token=text("deviceToken"),
        device_type=text("deviceType"),
        app_identifier=text("appIdentifier"),
    )


async def _matching(house: House, draft: Draft, sent: Sent) -> list[dict[str, object]]:
    """The rows that the write may mean, whoever may read them."""
    wanted = sent.wanted()
    if not draft.class_exists or not wanted:
        return []
    query = Query(draft.class_name, any_of(*wanted), order=(Sort("createdAt"), Sort("objectId")))
    fields = ("installationId", "deviceToken", "deviceType")
    return (await house.storage.find(draft.schema, typed(query, draft.schema), fields=fields)).wire()


async def _give_way(house: House, draft: Draft, losers: Losers) -> None:
    """Remove the rows that lose, or take their field from them, in the unit of the write."""
    rules = house.options.installations
    operation = Operation.DELETE if rules.losers_are_deleted else Operation.UPDATE
    guard: Condition = ALWAYS
    if rules.enforce_auth:
        try:
            guard = writing(draft.schema, draft.caller, operation)
        except ParseError:
            log.warning("an installation keeps its %s: the caller may not %s it", losers.field, operation.value)
            return
    where = typed_condition(all_of(losers.where, guard), draft.schema)
    if rules.losers_are_deleted:
        draft.before.append(RemoveAll(draft.schema, where))
        return
    found = await house.storage.find(draft.schema, Query(draft.class_name, where), fields=())
    cleared = {losers.field: op.Unset()}
    now = house.clock()
    draft.before.extend(Patch(draft.schema, row["objectId"], now, cleared) for row in found.wire())


BEHAVIOUR = Behaviour(before_check=_before_check)
