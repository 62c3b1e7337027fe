"""Protected fields: what an answer leaves out, and what a query must not ask about.

Rules: reference/schema-clp-acl.md, section 5.5; advisories 30 to 37 of reference/security-advisories.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import msgspec

from parsonage.commands.caller import Caller
from parsonage.protocol.errors import InvalidKeyName, OperationForbidden
from parsonage.query.model import Condition, Sort, keys_of, only_id
from parsonage.schema.class_permissions import USER_FIELD_PREFIX
from parsonage.schema.model import ClassSchema

ProtectedFields = Mapping[str, Mapping[str, Iterable[str]]]
"""The server's own ``protectedFields`` option: class → group → fields."""


class Hidden(msgspec.Struct, frozen=True):
    """What is hidden from one caller in one class."""

    always: frozenset[str] = frozenset()
    """Fields hidden in every object, but for what the next two say."""
    for_users_in: tuple[tuple[str, frozenset[str]], ...] = ()
    """Where the field names the caller, only these stay hidden (of the ones above)."""
    own_id: str | None = None
    """The object with this id, the caller's own user, hides nothing."""

    @property
    def is_nothing(self) -> bool:
        """Whether every answer may stay as it is."""
        return not self.always

    @property
    def judging_fields(self) -> frozenset[str]:
        """Fields that must be read to judge an object, wanted in the answer or not."""
        return frozenset(field for field, _ in self.for_users_in)

    def strip(self, wire: MutableMapping[str, Any], user_id: str | None) -> None:
        """Take the hidden fields out of an object as it stands in an answer."""
        if self.own_id is not None and wire.get("objectId") == self.own_id:
            return
        hidden = self.always
        for field, still_hidden in self.for_users_in:
            if _names(wire.get(field), user_id):
                hidden &= still_hidden
        for field in hidden:
            wire.pop(field, None)


NOTHING_HIDDEN = Hidden()


def _names(value: Any, user_id: str | None) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(isinstance(item, dict) and item.get("objectId") == user_id for item in values)


def hidden_fields(
    schema: ClassSchema, caller: Caller, server_wide: ProtectedFields, *, owner_exempt: bool = True
) -> Hidden:
    """What this caller must not see of the class.

    A field is hidden only if every group that the caller belongs to hides it.
    """
    if caller.sees_everything:
        return NOTHING_HIDDEN
    groups = merged(schema, server_wide)
    if not groups:
        return NOTHING_HIDDEN
    mine = [groups[name] for name in groups_of(schema, caller, server_wide)]
    for_users_in: tuple[tuple[str, frozenset[str]], ...] = ()
    if caller.user_id is not None:
        for_users_in = tuple(
            (group.removeprefix(USER_FIELD_PREFIX), fields)
            for group, fields in groups.items()
            if group.startswith(USER_FIELD_PREFIX)
        )
    if not mine:
        return NOTHING_HIDDEN  # a user field alone hides nothing, not even from the users that it names
    own_id = caller.user_id if schema.name == "_User" and owner_exempt else None
    return Hidden(frozenset.intersection(*mine), for_users_in, own_id)


def groups_of(schema: ClassSchema, caller: Caller, server_wide: ProtectedFields) -> list[str]:
    """The groups of the class that the caller belongs to: what is hidden from it is what all of them hide."""
    groups = merged(schema, server_wide)
    mine = [*caller.names, *(["authenticated"] if caller.user_id is not None else [])]
    return [name for name in mine if name in groups]


def merged(schema: ClassSchema, server_wide: ProtectedFields) -> dict[str, frozenset[str]]:
    """The class's own groups with the server's option laid over them; empty where nothing is hidden."""
    groups = dict(schema.permissions.protected_fields)
    for group, fields in server_wide.get(schema.name, {}).items():
        groups[group] = groups.get(group, frozenset()) | frozenset(fields)
    return groups if any(groups.values()) else {}


def refuse_hidden_keys(
    schema: ClassSchema, hidden: Hidden, where: Condition, order: tuple[Sort, ...], caller: Caller
) -> None:
    """Refuse a query that would let the caller learn a hidden field by asking about it.

    Raises OperationForbidden (119), or InvalidKeyName (105) for a private column (advisories 38 and 39).
    """
    if not caller.sees_everything:
        for key in keys_of(where):
            if key.startswith("_"):
                raise InvalidKeyName(f"Invalid key name: {key}")
    if hidden.is_nothing or _only_self(where, hidden):
        return
    for key in sorted(keys_of(where) & hidden.always):
        raise OperationForbidden(detail=f"This user is not allowed to query {key} on class {schema.name}")
    for sort in order:
        root = sort.key.split(".", 1)[0]
        if root in hidden.always:
            raise OperationForbidden(detail=f"This user is not allowed to sort by {root} on class {schema.name}")


def _only_self(where: Condition, hidden: Hidden) -> bool:
    return hidden.own_id is not None and only_id(where) == hidden.own_id
