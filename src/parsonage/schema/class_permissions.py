"""Class-level permissions as a value: read from JSON, checked, written back.

Rules: reference/schema-clp-acl.md, section 5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from enum import Enum
from typing import Any

import msgspec

from parsonage.protocol.errors import InvalidJSON
from parsonage.protocol.javascript import javascript_text


class Operation(Enum):
    """What a caller may want to do with a class. The value is the permission's name on the wire."""

    FIND = "find"
    GET = "get"
    COUNT = "count"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADD_FIELD = "addField"

    __hash__ = object.__hash__  # Enum's own is a function in Python, and every request asks by operation


READS = frozenset({Operation.FIND, Operation.GET, Operation.COUNT})
USER_FIELD_PREFIX = "userField:"


class Rule(msgspec.Struct, frozen=True):
    """Who may carry out one operation."""

    names: frozenset[str] = frozenset()
    """``*``, user ids and ``role:NAME``."""
    requires_authentication: bool = False
    pointer_fields: tuple[str, ...] = ()
    """Fields that hold the users who may, object by object."""


NOBODY = Rule()
ANYBODY = Rule(names=frozenset({"*"}))


class ClassPermissions(msgspec.Struct, frozen=True):
    """The permissions of a class; ``json`` is what schema answers show of them."""

    json: dict[str, Any]
    rules: dict[Operation, Rule]
    read_user_fields: tuple[str, ...] = ()
    write_user_fields: tuple[str, ...] = ()
    protected_fields: dict[str, frozenset[str]] = {}
    default_acl: dict[str, dict[str, bool]] | None = None
    """The ACL of objects created without one; ``None`` while it is the public one."""

    def rule(self, operation: Operation) -> Rule:
        """Who may carry out this operation."""
        return self.rules[operation]

    def user_fields(self, operation: Operation) -> tuple[str, ...]:
        """The fields whose users may carry it out on the objects that name them."""
        general = self.read_user_fields if operation in READS else self.write_user_fields
        return tuple(dict.fromkeys([*general, *self.rules[operation].pointer_fields]))


_OPEN_ACL = {"*": {"read": True, "write": True}}
_OPEN_JSON: dict[str, Any] = {
    **{operation.value: {"*": True} for operation in Operation},
    "protectedFields": {"*": []},
    "ACL": _OPEN_ACL,
}
OPEN = ClassPermissions(json=_OPEN_JSON, rules=dict.fromkeys(Operation, ANYBODY), protected_fields={"*": frozenset()})
"""What a class has that nobody gave any permissions."""

CLOSED = ClassPermissions(json={}, rules=dict.fromkeys(Operation, NOBODY))
"""For the master key alone: the server's own classes."""


def from_stored(json: dict[str, Any] | None) -> ClassPermissions:
    """Permissions as the schema catalogue keeps them; trusted, not checked. ``None`` means open."""
    if json is None:
        return OPEN
    shown: dict[str, Any] = {operation.value: json.get(operation.value, {}) for operation in Operation}
    for key, value in json.items():
        shown.setdefault(key, value)
    shown.setdefault("protectedFields", {})
    acl = shown.get("ACL", _OPEN_ACL)
    return ClassPermissions(
        json=shown,
        rules={operation: _rule(shown[operation.value]) for operation in Operation},
        read_user_fields=tuple(json.get("readUserFields", ())),
        write_user_fields=tuple(json.get("writeUserFields", ())),
        protected_fields={group: frozenset(fields) for group, fields in shown["protectedFields"].items()},
        default_acl=None if acl == _OPEN_ACL else acl,
    )


def _rule(json: dict[str, Any]) -> Rule:
    return Rule(
        names=frozenset(
            name for name in json if name not in ("requiresAuthentication", "pointerFields") and json[name] is True
        ),
        requires_authentication=json.get("requiresAuthentication") is True,
        pointer_fields=tuple(json.get("pointerFields", ())),
    )


def read(
    json: Any,
    *,
    has_field: Callable[[str], bool],
    holds_users: Callable[[str], bool],
    custom_ids: bool,
) -> ClassPermissions:
    """Permissions as a client sends them; every mistake is an InvalidJSON (107).

    ``has_field`` says whether the class has a field, ``holds_users`` whether it is a Pointer to _User or
    an Array; with ``custom_ids`` a user id may be any text.
    """
    if not isinstance(json, dict):
        raise InvalidJSON(f"'{javascript_text(json)}' is not a valid value for class level permissions")
    for key, value in json.items():
        if key in _OPERATION_NAMES:
            _check_operation(key, value, holds_users, custom_ids)
        elif key in ("readUserFields", "writeUserFields"):
            _check_user_fields(key, value, holds_users)
        elif key == "protectedFields":
            _check_protected_fields(value, has_field, custom_ids)
        elif key == "ACL":
            _check_acl(value)
        else:
            raise InvalidJSON(f"{key} is not a valid operation for class level permissions")
    return from_stored(json)


_OPERATION_NAMES: Collection[str] = frozenset(operation.value for operation in Operation)
_USER_ID = re.compile(r"[a-zA-Z0-9]+\Z")
_ROLE = re.compile(r"role:.*\Z")
_DEFAULT_FIELDS = frozenset({"objectId", "createdAt", "updatedAt", "ACL"})


def _is_name(key: str, custom_ids: bool) -> bool:
    return key == "*" or bool(_ROLE.match(key)) or custom_ids or bool(_USER_ID.match(key))


def _check_operation(operation: str, json: Any, holds_users: Callable[[str], bool], custom_ids: bool) -> None:
    if not isinstance(json, dict):
        raise InvalidJSON(
            f"'{javascript_text(json)}' is not a valid value for class level permissions {operation}"
            " - must be an object"
        )
    for name, value in json.items():
        if name == "pointerFields":
            if not isinstance(value, list):
                raise InvalidJSON(
                    f"'{javascript_text(value)}' is not a valid value for {operation}[pointerFields]"
                    " - expected an array."
                )
            for field in value:
                if not (isinstance(field, str) and holds_users(field)):
                    raise InvalidJSON(
                        f"'{javascript_text(field)}' is not a valid column for class level pointer permissions"
                        " [object Object]"
                    )
        elif name != "requiresAuthentication" and not _is_name(name, custom_ids):
            raise InvalidJSON(f"'{name}' is not a valid key for class level permissions")
        elif value is not True:
            raise InvalidJSON(
                f"'{javascript_text(value)}' is not a valid value for class level permissions acl {operation}:{name}"
            )


def _check_user_fields(key: str, json: Any, holds_users: Callable[[str], bool]) -> None:
    if not isinstance(json, list):
        raise InvalidJSON(
            f"'{javascript_text(json)}' is not a valid value for class level permissions {key} - must be an array"
        )
    for field in json:
        if not (isinstance(field, str) and holds_users(field)):
            raise InvalidJSON(
                f"'{javascript_text(field)}' is not a valid column for class level pointer permissions {key}"
            )


def _check_protected_fields(json: Any, has_field: Callable[[str], bool], custom_ids: bool) -> None:
    if not isinstance(json, dict):
        raise InvalidJSON(
            f"'{javascript_text(json)}' is not a valid value for class level permissions protectedFields"
            " - must be an object"
        )
    for group, fields in json.items():
        # Parse Server does not look whether the class has the field: it may come later.
        is_user_field = group.startswith(USER_FIELD_PREFIX)
        if not (is_user_field or group == "authenticated" or _is_name(group, custom_ids)):
            raise InvalidJSON(f"'{group}' is not a valid key for class level permissions")
        if not isinstance(fields, list):
            raise InvalidJSON(
                f"'{javascript_text(fields)}' is not a valid value for protectedFields[{group}] - expected an array."
            )
        for field in fields:
            if isinstance(field, str) and field in _DEFAULT_FIELDS:
                raise InvalidJSON(f"Default field '{field}' can not be protected")
            if not (isinstance(field, str) and has_field(field)):
                raise InvalidJSON(f"Field '{javascript_text(field)}' in protectedFields:{group} does not exist")


def _check_acl(json: Any) -> None:
    if not isinstance(json, dict):
        raise InvalidJSON(
            f"'{javascript_text(json)}' is not a valid value for class level permissions ACL - must be an object"
        )
    for name, rights in json.items():
        if not isinstance(rights, dict):
            raise InvalidJSON(f"'{javascript_text(rights)}' is not a valid value for class level permissions acl")
        for right, value in rights.items():
            if right not in ("read", "write"):
                raise InvalidJSON(f"'{right}' is not a valid key for class level permissions acl")
            if not isinstance(value, bool):
                raise InvalidJSON(f"'{javascript_text(value)}' is not a valid value for class level permissions acl")
        if not name:
            raise InvalidJSON(f"'{name}' is not a valid key for class level permissions acl")
