"""How a session comes into being: the one place that knows what a new ``_Session`` holds.

Rules: reference/users-sessions.md, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.operations.house import House
from parsonage.protocol.encoding import encode
from parsonage.protocol.names import new_session_token
from parsonage.protocol.values import Pointer, Value, from_milliseconds
from parsonage.query.model import Equals, all_of
from parsonage.query.typed import typed_condition
from parsonage.schema.model import ClassSchema
from parsonage.storage.changes import Change, Insert, Notice, NoticeKind, Outcome, RemoveAll, Unit


class NewSession(msgspec.Struct, frozen=True):
    """A session that is to be written, and its token."""

    token: str
    user_id: str
    installation_id: str | None
    insert: Insert

    def to_json(self) -> dict[str, Any]:
        """Its fields as an answer carries them."""
        return {name: encode(value) for name, value in self.insert.values.items()}


async def session_schema(house: House) -> ClassSchema:
    """The class of sessions, made if this is the first one."""
    schema, exists = await house.schemas.get_or_born("_Session")
    return await house.schemas.grow(schema, {}, exists=exists)


async def new_session(
    house: House,
    user_id: str,
    *,
    created_with: Mapping[str, Value] | None,
    installation_id: str | None = None,
    more: Mapping[str, Value] | None = None,
) -> NewSession:
    """A session of a user, ready to be written. ``created_with`` says what began it: ``action``, ``authProvider``."""
    schema = await session_schema(house)
    now = house.clock()
    token = new_session_token()
    values: dict[str, Value] = {
        **(more or {}),
        "sessionToken": token,
        "user": Pointer("_User", user_id),
    }
    if created_with is not None:
        values["createdWith"] = dict(created_with)
    if house.options.sessions.expire:
        values["expiresAt"] = from_milliseconds(now + house.options.sessions.length * 1000)
    if installation_id:
        values["installationId"] = installation_id
    return NewSession(token, user_id, installation_id, Insert(schema, house.new_id(), now, now, values))


async def begin(house: House, session: NewSession, *first: Change) -> Outcome:
    """Store a session, after the changes that come first; the user's others on the same installation end with it."""
    unit = beginning(session, *first)
    outcome = (await house.storage.write([unit]))[0]
    for notice in unit.notices:
        house.callers.heed(notice)
    return outcome


def beginning(session: NewSession, *first: Change) -> Unit:
    """What is written when a session begins, after the changes that come first."""
    if not session.installation_id:
        return Unit((*first, session.insert))
    others = sessions_of(session.insert.schema, session.user_id, installation_id=session.installation_id)
    return Unit((*first, others, session.insert), (Notice(NoticeKind.USER, session.user_id),))


def sessions_of(schema: ClassSchema, user_id: str, *, installation_id: str | None = None) -> RemoveAll:
    """The removal of a user's sessions, or of those on one installation only."""
    mine = Equals("user", Pointer("_User", user_id))
    where = mine if installation_id is None else all_of(mine, Equals("installationId", installation_id))
    return RemoveAll(schema, typed_condition(where, schema))
