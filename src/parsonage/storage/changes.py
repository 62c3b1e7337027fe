"""Changes: what is to be written, each with the guard that must hold while it is written.

A unit is a list of changes that happen all or not at all. A guard is part of the statement that writes,
never a read before it: an object that its condition does not match is not there (GHSA-r3xq-68wh-gwvh).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from parsonage.protocol.acl import ACL
from parsonage.protocol.field_operations import Operation
from parsonage.protocol.values import Value
from parsonage.query.model import ALWAYS, Condition
from parsonage.schema.model import ClassSchema


class Insert(msgspec.Struct, frozen=True):
    """A new object. Moments are milliseconds since 1970 UTC."""

    schema: ClassSchema
    object_id: str
    created_at: int
    updated_at: int
    values: Mapping[str, Value]
    """Fields by name, private ones included; null ones may be left out."""
    acl: ACL | None = None
    links: Mapping[str, frozenset[str]] = {}
    """Relations by name: the ids that the object is linked to."""


class Patch(msgspec.Struct, frozen=True):
    """Field operations on one object, carried out by the engine on what is stored now."""

    schema: ClassSchema
    object_id: str
    updated_at: int | None
    """``None`` leaves the old moment: what the server itself keeps of an object is no change of it."""
    operations: Mapping[str, Operation]
    """By field name or dotted path; private fields included."""
    acl: ACL | None = None
    """The new ACL; ``None`` leaves the old one."""
    guard: Condition = ALWAYS
    returning: tuple[str, ...] = ()
    """Fields whose values after the operations are wanted."""


class Remove(msgspec.Struct, frozen=True):
    """One object goes, with the links of its own relations."""

    schema: ClassSchema
    object_id: str
    guard: Condition = ALWAYS


class RemoveAll(msgspec.Struct, frozen=True):
    """Every object that matches goes; none matching is no failure."""

    schema: ClassSchema
    where: Condition


Change: TypeAlias = Insert | Patch | Remove | RemoveAll


class NoticeKind(Enum):
    """What other processes on the same database must look at anew."""

    SCHEMA = "schema"
    USER = "user"
    ROLES = "roles"
    SESSION = "session"
    SETTINGS = "settings"
    WEBHOOKS = "webhooks"


class Notice(msgspec.Struct, frozen=True):
    """Something changed that may be cached elsewhere; ``key`` is the user's id or the session's token.

    It is written with the change that causes it, in the same transaction, so it can't get lost.
    """

    kind: NoticeKind
    key: str = ""


class Unit(msgspec.Struct, frozen=True):
    """Changes that happen all or not at all, in this order, and the notices that go out with them."""

    changes: tuple[Change, ...]
    notices: tuple[Notice, ...] = ()


class Written(msgspec.Struct, frozen=True):
    """The unit was committed. ``rows`` holds, change by change, what ``returning`` asked for, as JSON of an answer."""

    rows: tuple[Mapping[str, Any], ...]


class NothingMatched(msgspec.Struct, frozen=True):
    """A ``Patch`` or ``Remove`` found no object that its guard lets through; nothing of the unit was written."""

    index: int


class Duplicate(msgspec.Struct, frozen=True):
    """A unique field already has the value; nothing of the unit was written. ``field`` may be a dotted path."""

    index: int
    class_name: str
    field: str


class Failed(msgspec.Struct, frozen=True):
    """A change can't be carried out (an operation on a value of another kind); nothing of the unit was written."""

    index: int
    error: Exception


Outcome: TypeAlias = Written | NothingMatched | Duplicate | Failed
