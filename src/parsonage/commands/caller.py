"""Caller: on whose authority something is done.

Rules: reference/rest-core.md, section 3.1; reference/schema-clp-acl.md, sections 6 and 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from parsonage.protocol.acl import EVERYONE, role_name

CLOUD_INSTALLATION = "cloud"
"""What a master-key caller without an installation id counts as: it gets no session on sign-up."""


class Caller(msgspec.Struct, frozen=True):
    """Nobody in particular, a user with its roles, or one of the keys."""

    is_master: bool = False
    is_read_only: bool = False
    """The read-only master key: it is master too, but no write is carried out."""
    is_maintenance: bool = False
    user_id: str | None = None
    user: dict[str, Any] | None = None
    """The user as it stands in an answer to itself."""
    roles: frozenset[str] | None = None
    """Names of the user's roles, inherited ones too; ``None`` while nobody has asked for them."""
    session_token: str | None = None
    installation_id: str | None = None

    names: frozenset[str] = frozenset({EVERYONE})
    """The names under which the caller can stand in an ACL or a class-level permission; see ``user_caller``."""

    @property
    def sees_everything(self) -> bool:
        """Whether ACLs, class-level permissions and protected fields are out of the way."""
        return self.is_master or self.is_maintenance

    def with_roles(self, roles: Iterable[str]) -> Caller:
        """The same caller with the names of its roles known."""
        known = frozenset(roles)
        return msgspec.structs.replace(self, roles=known, names=self.names.union(map(role_name, known)))

    def __str__(self) -> str:
        if self.is_master:
            return "the read-only master key" if self.is_read_only else "the master key"
        if self.is_maintenance:
            return "the maintenance key"
        if self.user_id is None:
            return "nobody (no session)"
        name = (self.user or {}).get("username") or self.user_id
        roles = f" (roles: {', '.join(sorted(self.roles))})" if self.roles else ""
        return f"{name}{roles}"


def user_caller(
    user_id: str,
    user: dict[str, Any] | None = None,
    *,
    session_token: str | None = None,
    installation_id: str | None = None,
) -> Caller:
    """A user as a caller; its roles are not known yet."""
    return Caller(
        user_id=user_id,
        user=user,
        session_token=session_token,
        installation_id=installation_id,
        names=frozenset({EVERYONE, user_id}),
    )


MASTER = Caller(is_master=True)
"""The server's own authority: the master key, from nowhere in particular."""

ANYBODY = Caller()
"""A client without a session."""
