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
    schema = await house.schemas.get("_User")
    if handler is None or schema is None:
        return
    rows = (await house.storage.find(schema, Query("_User", HasId((user_id,)), limit=1))).wire()
    if not rows:
        return
    if rows[0].get("authData"):
        rows[0]["authData"] = without_secrets(rows[0]["authData"])
    expand_files(house, call, schema, rows)
    await run_trigger(house, call, caller, handler, ParseObject.from_json("_User", rows[0]))


async def run_after_login(house: House, call: Call, caller: Caller, user: Mapping[str, Any]) -> None:
    """Run the afterLogin with the user as the answer has it, its session token included; it is who asks, now."""
    handler = trigger_for(house, Kind.AFTER_LOGIN, "_User", caller)
    if handler is None:
        return
    itself = user_caller(
        user["objectId"],
        {key: value for key, value in user.items() if key != "sessionToken"},
        session_token=user["sessionToken"],
        installation_id=caller.installation_id,
    )
    itself = msgspec.structs.replace(itself, is_master=caller.is_master, is_read_only=caller.is_read_only)
    await run_trigger(house, call, itself, handler, ParseObject.from_json("_User", user))


async def run_after_logout(house: House, call: Call, caller: Caller, session: Mapping[str, Any]) -> None:
    """Run the afterLogout with the session that was removed."""
    handler = trigger_for(house, Kind.AFTER_LOGOUT, "_Session", caller)
    if handler is not None:
        await run_trigger(house, call, caller, handler, ParseObject.from_json("_Session", session))
