"""Logging out: the session of the request ends.

Rules: reference/users-sessions.md, section 3.
"""

from __future__ import annotations

from typing import Any

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller
from parsonage.commands.objects import NOTHING, Plain
from parsonage.commands.users import LogOut
from parsonage.handlers.registry import Kind
from parsonage.operations.house import House
from parsonage.operations.log_in_triggers import run_after_logout
from parsonage.query.model import Equals, Query
from parsonage.query.typed import typed_condition
from parsonage.storage.changes import Notice, NoticeKind, RemoveAll, Unit


async def log_out(house: House, call: Call, caller: Caller, command: LogOut) -> Plain:
    """End the caller's session; without one there is nothing to do."""
    schema = await house.schemas.get("_Session")
    if caller.session_token is None or schema is None:
        return NOTHING
    mine = typed_condition(Equals("sessionToken", caller.session_token), schema)
    ended: list[dict[str, Any]] = []
    if house.handlers.registry.trigger(Kind.AFTER_LOGOUT, "_Session") is not None:
        ended = (await house.storage.find(schema, Query("_Session", mine, limit=1))).wire()
    notice = Notice(NoticeKind.SESSION, caller.session_token)
    await house.storage.write([Unit((RemoveAll(schema, mine),), (notice,))])
    house.callers.heed(notice)
    for session in ended:
        await run_after_logout(house, call, caller, session)
    return NOTHING
