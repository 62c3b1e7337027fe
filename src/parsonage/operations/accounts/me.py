"""Who am I: the user and the session of the request.

Rules: reference/users-sessions.md, sections 4 and 5; PB069.
"""

from __future__ import annotations

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import CLOUD_INSTALLATION, Caller
from parsonage.commands.objects import Created, Plain
from parsonage.commands.users import GetMe, GetMySession, UpgradeSession
from parsonage.operations.find import read, read_as_get
from parsonage.operations.house import House
from parsonage.operations.sessions import begin, new_session
from parsonage.protocol.errors import InvalidSessionToken, ObjectNotFound
from parsonage.query.model import Equals, Query


async def get_me(house: House, call: Call, caller: Caller, command: GetMe) -> Plain:
    """The user of the session, with the token. Raises InvalidSessionToken (209)."""
    if caller.user_id is None:
        raise InvalidSessionToken("Permission denied", detail="Invalid session token")
    whole = msgspec.structs.replace(call, as_text=False)
    rows = await read_as_get(house, whole, caller, Query("_User", Equals("objectId", caller.user_id), limit=1))
    if not rows:
        raise InvalidSessionToken("Permission denied", detail="Invalid session token")
    return Plain({**rows[0], "sessionToken": caller.session_token})


async def get_my_session(house: House, call: Call, caller: Caller, command: GetMySession) -> Plain:
    """The session itself. Raises InvalidSessionToken (209)."""
    if caller.session_token is None:
        raise InvalidSessionToken("Session token required.")
    session = await house.callers.known_session(caller.session_token, house.clock())
    if session is None:
        raise InvalidSessionToken("Session token not found.")
    owner = session.caller if not caller.sees_everything else caller
    rows = await read(house, call, owner, Query("_Session", Equals("sessionToken", caller.session_token), limit=1))
    if not rows:
        raise InvalidSessionToken("Session token not found.")
    return Plain(rows[0])


async def upgrade_session(house: House, call: Call, caller: Caller, command: UpgradeSession) -> Created:
    """A new session beside the one of the request. Raises ObjectNotFound (101) without one."""
    if caller.user_id is None or caller.is_master:
        raise ObjectNotFound("invalid session")
    installation_id = caller.installation_id if caller.installation_id != CLOUD_INSTALLATION else None
    session = await new_session(
        house, caller.user_id, created_with={"action": "upgrade"}, installation_id=installation_id
    )
    await begin(house, session)
    return Created(
        "_Session",
        session.insert.object_id,
        {**session.to_json(), "objectId": session.insert.object_id},
        status=200,
    )
