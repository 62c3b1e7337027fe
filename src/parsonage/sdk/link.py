"""Link: the line from one client, its queries and its objects to a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from parsonage.commands import Command
from parsonage.sdk.authority import Authority
from parsonage.sdk.transport import Transport

Made = TypeVar("Made", covariant=True)

Maker: TypeAlias = "Callable[[Link, str, Mapping[str, Any]], Made]"
"""Makes an object, bound to a link, of a class name and the JSON of an answer."""


class Link:
    """A transport, and in whose name it is used.

    A client shares it with all that came from it, so that they all go on with the new session when
    the user changes the password.
    """

    __slots__ = ("authority", "transport")

    def __init__(self, transport: Transport, authority: Authority) -> None:
        self.transport = transport
        self.authority = authority

    def under(self, authority: Authority) -> Link:
        """A line of its own to the same server, in another name."""
        return Link(self.transport, authority)

    async def send(self, command: Command) -> Any:
        """Have a command carried out; its answer as JSON. Raises ParseError."""
        return await self.transport.send(command, self.authority)
