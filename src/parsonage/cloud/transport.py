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
from parsonage.commands.cloud import StartJob
from parsonage.commands.rest import body_of
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
        caller = await self._house.callers.trusted(
            is_master=authority.is_master,
            session_token=authority.session_token,
            installation_id=authority.installation_id,
            now=self._house.clock(),
        )
        if authority.is_read_only:
            caller = msgspec.structs.replace(caller, is_read_only=True)
        call = msgspec.structs.replace(self._call, context=dict(authority.context))
        result = await run(self._house, call, caller, command)
        if isinstance(command, StartJob) and not isinstance(result, dict):
            return {"jobStatusId": getattr(result, "headers", {}).get("X-Parse-Job-Status-Id")}
        return body_of(result)
