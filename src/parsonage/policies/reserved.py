"""What a write must not touch: names that no field can have, denied keywords, fields of the server's own.

Rules: reference/rest-core.md, sections 8.5, 9.5 and 9.6; PB025: a bad key is always 105.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from parsonage.commands.caller import Caller
from parsonage.commands.objects import NewObject
from parsonage.options.model import DeniedKeyword
from parsonage.protocol import field_operations as op
from parsonage.protocol.encoding import MAX_DEPTH, decode
from parsonage.protocol.errors import (
    IncorrectType,
    InvalidJSON,
    InvalidKeyName,
    MissingObjectId,
    OperationForbidden,
    ValidationError,
)
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.javascript import is_truthy
from parsonage.protocol.names import MASTER_ONLY_CLASSES, is_class_name, is_field_name
from parsonage.protocol.values import Pointer, to_milliseconds
from parsonage.schema.builtin import PRIVATE_FIELDS
from parsonage.schema.model import ClassSchema


def check_class_name(class_name: str) -> None:
    """Refuse to write to a class that can't have that name. Raises InvalidJSON (107)."""
    if not is_class_name(class_name):
        raise InvalidJSON("schema class name does not revalidate")


def check_names(schema: ClassSchema, operations: Collection[str], *, creating: bool, caller: Caller) -> None:
    """Refuse keys that name no field; a dotted key is judged by its root.

    Raises InvalidKeyName (105), InvalidJSON (107) for a path deeper than a value may be.
    """
    if schema.field_names.issuperset(operations):
        return  # as nearly every write: what is a field was judged when it became one
    for key in operations:
        if "." not in key and is_field_name(key):
            continue
        if key.count(".") >= MAX_DEPTH:
            raise InvalidJSON(f"values may be nested {MAX_DEPTH} levels deep at most")
        root, dot, rest = key.partition(".")
        if is_field_name(root) and not (dot and (key.startswith("authData.") or "$" in rest or ".." in key)):
            continue
        if caller.is_maintenance:
            if key in PRIVATE_FIELDS.get(schema.name, {}):
                continue
            if not creating:
                raise InvalidKeyName(f"Invalid field name for update: {key}")
        if creating or not is_field_name(root):
            raise InvalidKeyName(f"Invalid field name: {root}.")
        raise InvalidKeyName(f"Invalid field name for update: {key}")


def given_id(body: NewObject, *, allow_custom: bool) -> str | None:
    """The id that a create asks for, if it may.

    Raises InvalidKeyName (105), or MissingObjectId (104) where ids may be chosen and this one is empty.
    """
    if not allow_custom:
        if body.raw and is_truthy(body.raw.get("objectId")):
            raise InvalidKeyName("objectId is an invalid field name.")
        if "id" in body.operations and _says_something(body.operations["id"]):
            raise InvalidKeyName("id is an invalid field name.")
        return None
    if "objectId" not in body.raw:
        return None
    object_id = body.raw["objectId"]
    if not (isinstance(object_id, str) and object_id):
        raise MissingObjectId
    if "\0" in object_id:
        raise InvalidJSON("objectId must not contain NUL characters")
    return object_id


def _says_something(operation: Operation) -> bool:
    return not (isinstance(operation, op.Set) and not is_truthy(operation.value))


def check_dates(class_name: str, raw: Mapping[str, Any]) -> None:
    """``createdAt`` and ``updatedAt`` are the server's: a Date is ignored, anything else is 111."""
    if not raw:
        return  # as nearly every write
    for field in ("createdAt", "updatedAt"):
        given = raw.get(field)
        if given is not None and not (isinstance(given, dict) and given.get("__type") == "Date"):
            kind = {str: "String", bool: "Boolean", int: "Number", float: "Number", list: "Array"}.get(
                type(given), "Object"
            )
            raise IncorrectType(f"schema mismatch for {class_name}.{field}; expected Date but got {kind}")


def given_dates(body: NewObject, now: int) -> tuple[int, int]:
    """``createdAt`` and ``updatedAt`` as the maintenance key gives them on a create, in milliseconds.

    What is not given is ``now``, or for ``updatedAt`` the date of creation. Raises ValidationError (142)
    for an object changed before it was made.
    """
    given = [_moment(body.raw.get(field)) for field in ("createdAt", "updatedAt")]
    created = now if given[0] is None else given[0]
    updated = created if given[1] is None else given[1]
    if updated < created:
        raise ValidationError("updatedAt cannot occur before createdAt")
    return created, updated


def _moment(json: Any) -> int | None:
    moment = decode(json) if json is not None else None
    return to_milliseconds(moment) if isinstance(moment, datetime) else None


def refuse_internal_pointers(operations: Mapping[str, Operation], caller: Caller) -> None:
    """Refuse a pointer or relation into a class that clients may not name (PB060)."""
    if caller.sees_everything:
        return
    for operation in operations.values():
        target: str | None = None
        if type(operation) is op.Set:
            if type(operation.value) is not Pointer:
                continue
            target = operation.value.class_name
        elif type(operation) is op.RelationChange:
            target = operation.class_name
        if target in MASTER_ONLY_CLASSES:
            raise OperationForbidden(detail=f"Clients may not point to objects of {target}.")


def refuse_denied_keywords(operations: Mapping[str, Operation], denied: tuple[DeniedKeyword, ...]) -> None:
    """Look through everything that a write carries, at every depth. Raises InvalidKeyName (105)."""
    if not denied:
        return
    rules_on = _rules_by_key(denied)
    if not rules_on.harmless.issuperset(operations):
        for key, operation in operations.items():
            if rules_on[key]:
                _refuse(rules_on[key], operation.value if type(operation) is op.Set else _listed(operation))
    pending: list[Any] = []
    for operation in operations.values():
        carried = operation.value if type(operation) is op.Set else _listed(operation)
        if type(carried) not in _HOLDS_NOTHING and isinstance(carried, _NESTED):
            pending.append(carried)
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            for key, value in current.items():
                if rules_on[key]:
                    _refuse(rules_on[key], value)
                if isinstance(value, _NESTED):
                    pending.append(value)
        elif not _HOLDS_NOTHING.issuperset(map(type, current)):
            pending += [item for item in current if isinstance(item, _NESTED)]


_NESTED = (dict, list)
_HOLDS_NOTHING = frozenset({str, int, float, bool, type(None)})
"""What most values are: a look at the type costs less than a question what it descends from."""


def _listed(operation: Operation) -> Any:
    return list(operation.objects) if isinstance(operation, op.LIST_OPERATIONS) else None


def _refuse(rules: Sequence[_Rule], value: Any) -> None:
    for rule, value_rule in rules:
        if value_rule is None or (isinstance(value, str) and value_rule.search(value)):
            raise InvalidKeyName(f"Prohibited keyword in request data: {_shown(rule)}.")


_KEYS_KEPT = 8192

_Rule: TypeAlias = 'tuple[DeniedKeyword, "re.Pattern[str] | None"]'
"""A rule that a key comes under, with the pattern that its value must match besides."""


class _RulesByKey(dict[str, tuple[_Rule, ...]]):
    """The rules that a key comes under.

    Apps write the same few keys again and again: they are judged once.
    """

    def __init__(self, rules: tuple[DeniedKeyword, ...]) -> None:
        super().__init__()
        self._rules = rules
        self.harmless: set[str] = set()
        """The keys that come under none."""

    def __missing__(self, key: str) -> tuple[_Rule, ...]:
        if len(self) >= _KEYS_KEPT:
            self.clear()
            self.harmless.clear()
        self[key] = found = tuple(
            (rule, re.compile(rule.value) if isinstance(rule.value, str) else None)
            for rule in self._rules
            if not isinstance(rule.key, str) or re.search(rule.key, key)
        )
        if not found:
            self.harmless.add(key)
        return found


@lru_cache(maxsize=16)
def _rules_by_key(rules: tuple[DeniedKeyword, ...]) -> _RulesByKey:
    return _RulesByKey(rules)


def _shown(rule: DeniedKeyword) -> str:
    return msgspec.json.encode(rule).decode()
