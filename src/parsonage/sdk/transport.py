"""Transport: how a client's commands reach a server."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from parsonage.commands import Command
from parsonage.sdk.authority import Authority


class Transport(Protocol):
    """Carries commands to a server and brings back what REST would answer.

    ``parsonage.sdk.http`` is one over the network; Cloud Code and tests have one in process.
    """

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that ``send`` must run on; ``None`` where any will do.

        The sync face of a client hands its calls to this loop from other threads.
        """
        ...

    async def send(self, command: Command, authority: Authority) -> Any:
        """Have a command carried out; the answer is the JSON body of the REST answer.

        The result of ``StartJob`` stands in a header in REST: here its body is
        ``{"jobStatusId": "<id>"}``.

        Raises ParseError: the same classes in process and over HTTP.
        """
        ...


class Connection(Transport, Protocol):
    """A transport that keeps connections open."""

    async def close(self) -> None:
        """Close those that belong to the running event loop; the next command opens new ones."""
        ...
