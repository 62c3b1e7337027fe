"""ACL: who may read and who may write one object.

Rules: reference/schema-clp-acl.md, section 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from parsonage.protocol.errors import InvalidACL

EVERYONE = "*"
ROLE_PREFIX = "role:"


class ACL(msgspec.Struct, frozen=True):
    """Names that may read and names that may write: user ids, ``role:NAME``, ``*`` for everyone.

    An object without an ACL is open to all; one with an empty ACL is the master key's alone.
    """

    readers: frozenset[str] = frozenset()
    writers: frozenset[str] = frozenset()

    @classmethod
    def public(cls, *, read: bool = True, write: bool = False) -> ACL:
        """Everyone may read, or write, or both."""
        return cls(frozenset({EVERYONE} if read else ()), frozenset({EVERYONE} if write else ()))

    @classmethod
    def only(cls, *names: str) -> ACL:
        """These user ids or ``role:NAME`` may read and write, nobody else."""
        return cls(frozenset(names), frozenset(names))

    def allow(self, name: str, *, read: bool = True, write: bool = False) -> ACL:
        """The same with rights added for one user id, ``role:NAME`` or ``*``."""
        return ACL(self.readers | {name} if read else self.readers, self.writers | {name} if write else self.writers)

    @classmethod
    def from_json(cls, json: Any) -> ACL:
        """Read ``{"<name>": {"read": true, "write": true}}``; only true rights count.

        Raises InvalidACL (123) for what is no map (PB020) and for the key ``*unresolved``.
        """
        if not isinstance(json, dict) or "__op" in json or "__type" in json or json.get("*unresolved"):
            raise InvalidACL
        readers, writers = set(), set()
        for name, rights in json.items():
            if "\0" in name:
                raise InvalidACL
            if not isinstance(rights, dict):
                continue  # Parse Server reads no right out of it, and old apps send it
            if rights.get("read"):
                readers.add(name)
            if rights.get("write"):
                writers.add(name)
        return cls(frozenset(readers), frozenset(writers))

    def to_json(self) -> dict[str, dict[str, bool]]:
        """As answers carry it: true rights only, names in order."""
        return acl_json(self.readers, self.writers)


def acl_json(readers: Iterable[str], writers: Iterable[str]) -> dict[str, dict[str, bool]]:
    """The JSON of an ACL from its two lists."""
    json: dict[str, dict[str, bool]] = {}
    for name in sorted(readers):
        json.setdefault(name, {})["read"] = True
    for name in sorted(writers):
        json.setdefault(name, {})["write"] = True
    return json


def role_name(name: str) -> str:
    """The name under which a role stands in an ACL."""
    return ROLE_PREFIX + name


def with_rights(acl: ACL | None, rights: Mapping[str, tuple[bool, bool]]) -> ACL:
    """An ACL (an empty one if there is none) with (read, write) rights added for some names."""
    made = acl or ACL()
    for name, (read, write) in rights.items():
        made = made.allow(name, read=read, write=write)
    return made
