"""A survey of a database before an app moves in: what is there, class by class, and what would not work.

Rules: reference/storage-postgres.md, sections 1, 2 and 4; reference/schema-clp-acl.md, sections 1 to 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from parsonage.protocol.names import is_class_name, is_field_name
from parsonage.schema.builtin import PRIVATE_FIELDS, SYSTEM_FIELDS
from parsonage.schema.model import FieldType
from parsonage.storage.bulk import BulkStorage, FoundClass

OPERATIONS = ("find", "get", "count", "create", "update", "delete", "addField")

_TYPES = frozenset(map(str, FieldType))
_OWN_FIELDS = frozenset({"objectId", "createdAt", "updatedAt", "ACL", "_rperm", "_wperm"})


class SurveyedClass(msgspec.Struct, frozen=True):
    """One class: how much it holds, how it is made, and what would not work."""

    name: str
    rows: int
    fields: dict[str, str]
    """Name → type, as ``Pointer<_User>``; without those that every object has."""
    indexes: tuple[str, ...]
    restricted: tuple[str, ...]
    """Operations that not everybody may do."""
    problems: tuple[str, ...]


async def survey(storage: BulkStorage) -> list[SurveyedClass]:
    """Every class of a database. Raises StorageUnavailable."""
    return [_surveyed(found) for found in await storage.survey()]


def _surveyed(found: FoundClass) -> SurveyedClass:
    fields = found.document.get("fields", {})
    return SurveyedClass(
        name=found.name,
        rows=found.rows,
        fields={name: _type(json) for name, json in fields.items() if name not in _OWN_FIELDS},
        indexes=found.indexes,
        restricted=_restricted(found.document.get("classLevelPermissions")),
        problems=(*_problems(found.name, fields), *found.problems),
    )


def _problems(class_name: str, fields: Mapping[str, Any]) -> Iterator[str]:
    if not is_class_name(class_name):
        yield "no class may be called so"
    own = _OWN_FIELDS | SYSTEM_FIELDS.get(class_name, {}).keys() | PRIVATE_FIELDS.get(class_name, {}).keys()
    for name, json in fields.items():
        if name not in own and not is_field_name(name):
            yield f"no field may be called {name}"
        kind = json.get("type") if isinstance(json, dict) else None
        if kind not in _TYPES:
            yield f"the field {name} has the type {kind}, which nobody knows"
        elif kind in (FieldType.POINTER, FieldType.RELATION) and not json.get("targetClass"):
            yield f"the {kind} {name} leads to no class"


def _type(json: Any) -> str:
    if not isinstance(json, dict):
        return str(json)
    target = json.get("targetClass")
    return str(json.get("type")) if target is None else f"{json.get('type')}<{target}>"


def _restricted(permissions: Mapping[str, Any] | None) -> tuple[str, ...]:
    if permissions is None:
        return ()
    return tuple(operation for operation in OPERATIONS if (permissions.get(operation) or {}).get("*") is not True)
