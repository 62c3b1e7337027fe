"""Fields of the server's own that the maintenance key alone sees and sets, such as the hash of a password.

Rules: reference/rest-core.md, section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parsonage.commands.objects import Projection
from parsonage.operations.draft import Draft
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import IncorrectType
from parsonage.schema.builtin import PRIVATE_FIELDS
from parsonage.schema.check import new_fields
from parsonage.schema.model import ClassSchema

_NEVER_SHOWN = frozenset({"_hashed_password"})


def with_internal_fields(
    schema: ClassSchema, fields: Sequence[str] | None, projection: Projection
) -> Sequence[str] | None:
    """The fields that the database is to read for the maintenance key; ``None`` for all that are no secret."""
    internal = [name for name in PRIVATE_FIELDS.get(schema.name, {}) if name not in _NEVER_SHOWN]
    if projection.keys is not None:
        internal = [name for name in internal if name in projection.keys]
    if not internal:
        return fields
    return (*(schema.fields if fields is None else fields), *internal)


def whole_schema(schema: ClassSchema) -> ClassSchema:
    """The class with its internal fields, where it has any."""
    internal = PRIVATE_FIELDS.get(schema.name)
    if internal is None:
        return schema
    return msgspec.structs.replace(schema, fields={**schema.fields, **internal})


def take_internal_fields(draft: Draft) -> None:
    """Move what a write says of internal fields to where they are written. Raises IncorrectType (111)."""
    known = PRIVATE_FIELDS.get(draft.class_name, {})
    given = {name: draft.operations.pop(name) for name in known if name in draft.operations}
    if not given:
        return
    new_fields(whole_schema(draft.schema), given)
    for name, operation in given.items():
        if not isinstance(operation, (op.Set, op.Unset)):
            raise IncorrectType(f"{name} can only be set or unset")
        draft.private[name] = operation.value if isinstance(operation, op.Set) else None
