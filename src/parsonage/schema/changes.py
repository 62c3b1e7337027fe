"""Changes of the schema: a closed set of small values that an engine carries out.

Each is idempotent: two processes that ask for the same growth at once both succeed.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from parsonage.schema.class_permissions import ClassPermissions
from parsonage.schema.model import ClassSchema, Field


class CreateClass(msgspec.Struct, frozen=True):
    """A class comes into being, with its fields, permissions and indexes. If it exists: nothing."""

    schema: ClassSchema
    only_if_new: bool = False
    """Refuse with InvalidClassName (103) if it exists; asked in the transaction that makes it."""


class AddFields(msgspec.Struct, frozen=True):
    """A class gets fields. One that is there keeps its type."""

    class_name: str
    fields: dict[str, Field]


class SetFieldOptions(msgspec.Struct, frozen=True):
    """``required`` and ``defaultValue`` of fields that exist."""

    class_name: str
    fields: dict[str, Field]


class RemoveFields(msgspec.Struct, frozen=True):
    """Fields go, with what they held; a relation with its links."""

    class_name: str
    names: tuple[str, ...]


class SetPermissions(msgspec.Struct, frozen=True):
    """The class-level permissions are replaced."""

    class_name: str
    permissions: ClassPermissions


class SetIndexes(msgspec.Struct, frozen=True):
    """Indexes are made and dropped; ``added`` maps a name to fields with 1, -1, ``"text"`` or ``"2dsphere"``."""

    class_name: str
    added: dict[str, dict[str, Any]] = {}
    removed: tuple[str, ...] = ()


class DropClass(msgspec.Struct, frozen=True):
    """The class goes, with its objects and its relations."""

    class_name: str
    only_if_empty: bool = False
    """Refuse with InvalidSchemaOperation (255) while it holds objects; asked in the transaction that drops it."""


SchemaChange: TypeAlias = (
    CreateClass | AddFields | SetFieldOptions | RemoveFields | SetPermissions | SetIndexes | DropClass
)
