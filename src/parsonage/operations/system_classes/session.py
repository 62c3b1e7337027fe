"""_Session: only one's own, and nothing of it that proves anything can be written.

Rules: reference/users-sessions.md, section 5; advisories 69 and 70.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.operations.draft import Answer, Draft
from parsonage.operations.house import House
from parsonage.operations.sessions import beginning, new_session
from parsonage.operations.system_classes.behaviour import Behaviour
from parsonage.protocol.errors import InvalidKeyName, InvalidSessionToken, MissingPart
from parsonage.protocol.values import Pointer
from parsonage.query.model import Equals, HasId, Query, all_of
from parsonage.query.typed import typed
from parsonage.schema.check import new_fields
from parsonage.storage.changes import Change, Notice, NoticeKind

_OF_THE_SERVER = ("user", "installationId", "sessionToken", "expiresAt", "createdWith")
_FOR_THE_MASTER_KEY = frozenset({"user", "expiresAt", "createdWith"})


def _narrow(caller: Caller, query: Query) -> Query:
    if caller.is_master:
        return query
    if caller.user_id is None:
        raise InvalidSessionToken("Permission denied", detail="Invalid session token")
    return query.also(Equals("user", Pointer("_User", caller.user_id)))


def _before_update(caller: Caller, object_id: str) -> None:
    if not (caller.sees_everything or caller.user_id):
        raise InvalidSessionToken("Session token required.")


async def _before_check(house: House, call: Call, draft: Draft) -> Answer | None:
    caller = draft.caller
    if not (caller.sees_everything or caller.user_id):
        raise InvalidSessionToken("Session token required.")
    if draft.acl_was_given:
        raise InvalidKeyName("Cannot set ACL on a Session.")
    if not draft.creating:
        for key in _OF_THE_SERVER:
            if key in draft.operations and not (caller.is_master and key in _FOR_THE_MASTER_KEY):
                raise InvalidKeyName(f"Invalid key name: {key}")
        if not caller.sees_everything:
            draft.guard = all_of(draft.guard, Equals("user", Pointer("_User", caller.user_id or "")))
        found = await house.storage.find(
            draft.schema, Query("_Session", HasId((draft.object_id,)), limit=1), fields=("sessionToken",)
        )
        draft.notices.extend(Notice(NoticeKind.SESSION, row["sessionToken"]) for row in found.wire())
        return None
    if caller.sees_everything or caller.user_id is None:
        await _complete(house, draft)
        return None
    return await _another(house, draft, caller.user_id)


async def _complete(house: House, draft: Draft) -> None:
    """A session that the master key makes: what it does not say is as in any other. Raises MissingPart (135)."""
    user = draft.value("user")
    if user is None and draft.caller.user_id is not None:
        user = Pointer("_User", draft.caller.user_id)
    if not (isinstance(user, Pointer) and user.class_name == "_User"):
        raise MissingPart("user must be specified in this operation")
    session = await new_session(house, user.object_id, created_with={"action": "create"})
    for key, value in session.insert.values.items():
        if not draft.sets(key):
            draft.set(key, value)


async def _another(house: House, draft: Draft, user_id: str) -> Answer:
    """A second session beside the caller's own; what a client says of token, user or end is ignored."""
    added = new_fields(draft.schema, draft.operations)
    await house.schemas.grow(draft.schema, added, exists=draft.class_exists)
    # The installation is the one that the client names, and not the one it asks from.
    own = {key: draft.value(key) for key in draft.operations if key not in _OF_THE_SERVER}
    named = draft.value("installationId")
    session = await new_session(
        house,
        user_id,
        created_with={"action": "create"},
        installation_id=named if isinstance(named, str) else None,
        more=own,
    )
    return Answer(
        {**session.to_json(), "objectId": session.insert.object_id},
        status=201,
        object_id=session.insert.object_id,
        unit=beginning(session),
    )


async def _deleting(house: House, object_id: str) -> tuple[Sequence[Change], Sequence[Notice]]:
    schema = await house.schemas.get("_Session")
    if schema is None:
        return (), ()
    query = typed(Query("_Session", HasId((object_id,)), limit=1), schema)
    found = await house.storage.find(schema, query, fields=("sessionToken",))
    return (), tuple(Notice(NoticeKind.SESSION, row["sessionToken"]) for row in found.wire())


BEHAVIOUR = Behaviour(
    narrow=_narrow,
    before_update=_before_update,
    before_check=_before_check,
    deleting=_deleting,
    missing_on_delete="Object not found for delete.",
)
