"""The SDK's transport in process: commands go to the verbs, with no HTTP in between.

The same policies, triggers and answers as for a client outside; what is called from a handler knows how
deep it stands and how much time is left.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from parsonage.commands import Command
from parsonage.commands.call import Call
from parsonage.commands.caller import CLOUD_INSTALLATION, MASTER, Caller
from parsonage.commands.cloud import StartJob
from parsonage.commands.rest import body_of
from parsonage.operations.caller import on_installation
from parsonage.operations.house import House
from parsonage.operations.run import run
from parsonage.sdk.authority import Authority


class InProcess:
    """Carries the commands of a client to a house in the same process."""

    def __init__(self, house: House, call: Call | None = None) -> None:
        self._house = house
        self._call = call or Call()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that the house lives on."""
        return self._house.loop

    async def send(self, command: Command, authority: Authority) -> Any:
        """Have a command carried out. Raises ParseError."""
        self._house.callers.look_around()
        caller = await self._caller(authority)
        call = msgspec.structs.replace(self._call, context=dict(authority.context))
        result = await run(self._house, call, caller, command)
        if isinstance(command, StartJob) and not isinstance(result, dict):
            return {"jobStatusId": getattr(result, "headers", {}).get("X-Parse-Job-Status-Id")}
        return body_of(result)

    async def _caller(self, authority: Authority) -> Caller:
        if authority.is_master:
            return msgspec.structs.replace(
                MASTER,
                is_read_only=authority.is_read_only,
                installation_id=authority.installation_id or CLOUD_INSTALLATION,
            )
        if authority.session_token is None:
            return Caller(installation_id=authority.installation_id)
        session = await self._house.callers.session(authority.session_token, self._house.clock())
        return on_installation(session.caller, authority.installation_id)
