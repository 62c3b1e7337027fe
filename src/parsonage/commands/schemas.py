"""Commands on the schema; all of them are for the master key. Bodies are as sent: any JSON."""

from __future__ import annotations

from typing import Any

import msgspec


class ListSchemas(msgspec.Struct, frozen=True):
    """Read every class."""


class GetSchema(msgspec.Struct, frozen=True):
    """Read one class."""

    class_name: str


class CreateSchema(msgspec.Struct, frozen=True):
    """Make a class."""

    class_name: str | None
    body: Any


class UpdateSchema(msgspec.Struct, frozen=True):
    """Change a class: fields, permissions, indexes."""

    class_name: str
    body: Any


class DeleteSchema(msgspec.Struct, frozen=True):
    """Remove an empty class."""

    class_name: str


class Purge(msgspec.Struct, frozen=True):
    """Remove every object of a class."""

    class_name: str
