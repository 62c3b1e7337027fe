"""The triggers around a log-in and a log-out.

A beforeLogin sees the user once it has proved who it is, an afterLogin once its session has begun, an
afterLogout the session that has ended. What each of them raises reaches the client.

Rules: reference/cloud-code.md, sections 3.2 and 9.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.commands.call import Call
from parsonage.commands.caller import Caller, user_caller
from parsonage.handlers.registry import Kind
from parsonage.operations.files import expand_files
from parsonage.operations.house import House
from parsonage.operations.triggers import run_trigger, trigger_for
from parsonage.policies.one_time_codes import without_secrets
from parsonage.protocol.objects import ParseObject
from parsonage.query.model import HasId, Query


async def run_before_login(house: House, call: Call, caller: Caller, user_id: str) -> None:
    """Run the beforeLogin with the user as it is stored, whatever the client may see of it."""
    handler = trigger_for(house, Kind.BEFORE_LOGIN, "_User", caller)
    user = await _stored(house, call, user_id) if handler is not None else None
    if handler is not None and user is not None:
        await run_trigger(house, call, caller, handler, ParseObject.from_json("_User", user))


async def run_after_login(house: House, call: Call, caller: Caller, user_id: str, session_token: str) -> None:
    """Run the afterLogin with the user as it is stored, its session token included; it is who asks, now."""
    handler = trigger_for(house, Kind.AFTER_LOGIN, "_User", caller)
    user = await _stored(house, call, user_id) if handler is not None else None
    if handler is None or user is None:
        return
    itself = user_caller(user_id, user, session_token=session_token, installation_id=caller.installation_id)
    itself = msgspec.structs.replace(itself, is_master=caller.is_master, is_read_only=caller.is_read_only)
    seen = ParseObject.from_json("_User", {**user, "sessionToken": session_token})
    await run_trigger(house, call, itself, handler, seen)


async def _stored(house: House, call: Call, user_id: str) -> dict[str, Any] | None:
    schema = await house.schemas.get("_User")
    if schema is None:
        return None
    rows = (await house.storage.find(schema, Query("_User", HasId((user_id,)), limit=1))).wire()
    expand_files(house, call, schema, rows)
    user = next(iter(rows), None)
    if user is not None and user.get("authData"):
        user["authData"] = without_secrets(user["authData"])
    return user


async def run_after_logout(house: House, call: Call, caller: Caller, session: Mapping[str, Any]) -> None:
    """Run the afterLogout with the session that was removed."""
    handler = trigger_for(house, Kind.AFTER_LOGOUT, "_Session", caller)
    if handler is not None:
        await run_trigger(house, call, caller, handler, ParseObject.from_json("_Session", session))
