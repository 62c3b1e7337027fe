"""Authority: in whose name a client speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Authority(msgspec.Struct, frozen=True):
    """The master key, the user of a session, or nobody in particular; and what travels with each call.

    It is a claim: the server finds out whether the session exists and whether the key is right.
    """

    session_token: str | None = None
    is_master: bool = False
    is_read_only: bool = False
    """The master key's rights without its writes: what a handler has that was called by the read-only key."""
    context: Mapping[str, Any] = {}
    """JSON that triggers and functions are given as ``request.context``."""
    installation_id: str | None = None
    """Noted in the sessions that this client starts."""

    def as_user(self, session_token: str) -> Authority:
        """The user of a session, on the same installation."""
        return msgspec.structs.replace(self, session_token=session_token, is_master=False, is_read_only=False)

    def as_master(self) -> Authority:
        """The master key, on the same installation."""
        return msgspec.structs.replace(self, session_token=None, is_master=True, is_read_only=False)

    def as_nobody(self) -> Authority:
        """Nobody in particular, on the same installation."""
        return msgspec.structs.replace(self, session_token=None, is_master=False, is_read_only=False)

    def with_context(self, context: Mapping[str, Any]) -> Authority:
        """The same with another context."""
        return msgspec.structs.replace(self, context=context)


NOBODY = Authority()
"""A client without a session."""

MASTER = Authority(is_master=True)
"""A client with the master key."""
