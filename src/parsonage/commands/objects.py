"""Commands on objects of a class, and what they are answered with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parsonage.protocol.acl import ACL
from parsonage.protocol.field_operations import Operation
from parsonage.query.model import Query


class Projection(msgspec.Struct, frozen=True):
    """Which fields are wanted, and which pointers are to be filled; paths with dots lead into pointers."""

    keys: tuple[str, ...] | None = None
    """``None`` means all of them."""
    exclude_keys: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    include_all: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether everything is wanted as it stands."""
        return self.keys is None and not (self.exclude_keys or self.include or self.include_all)


EVERYTHING = Projection()


class Get(msgspec.Struct, frozen=True):
    """Read one object by its id."""

    class_name: str
    object_id: str
    projection: Projection = EVERYTHING


class Find(msgspec.Struct, frozen=True):
    """Read the objects that match a query; with ``count``, count all that match besides."""

    query: Query
    projection: Projection = EVERYTHING
    count: bool = False
    explain: bool = False
    depth: int = 0
    """Levels of logical operators in the where-clause as it was sent."""
    redirect_key: str | None = None
    """A pointer or relation field: its class is queried instead."""


class NewObject(msgspec.Struct, frozen=True):
    """What a body says of an object to be written."""

    operations: Mapping[str, Operation] = {}
    acl: ACL | None = None
    auth_data: Any = None
    """Sign-in data by provider, raw: only users have it, and only the sign-in rooms understand it."""
    raw: Mapping[str, Any] = {}
    """The keys that are neither: ``objectId``, dates of the maintenance key, the ACL that a session may not have."""


class Create(msgspec.Struct, frozen=True):
    """Store a new object."""

    class_name: str
    body: NewObject = NewObject()


class Update(msgspec.Struct, frozen=True):
    """Change one object."""

    class_name: str
    object_id: str
    body: NewObject = NewObject()


class Delete(msgspec.Struct, frozen=True):
    """Remove one object."""

    class_name: str
    object_id: str


class Created(msgspec.Struct, frozen=True):
    """An object was stored, or a user logged in through its sign-up."""

    class_name: str
    object_id: str
    body: dict[str, Any]
    status: int = 201


class Plain(msgspec.Struct, frozen=True):
    """An answer that is its body. ``headers`` go with it."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = {}


NOTHING = Plain({})
