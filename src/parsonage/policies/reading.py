"""The order in which a read is judged: closed classes, class-level permissions, the ACL, hidden fields."""

from __future__ import annotations

import msgspec

from parsonage.commands.caller import Caller
from parsonage.policies.class_access import class_access
from parsonage.policies.hidden_fields import (
    Hidden,
    ProtectedFields,
    hidden_fields,
    refuse_hidden_keys,
)
from parsonage.policies.object_access import readable
from parsonage.protocol.errors import ParseError
from parsonage.query.model import Condition, Query
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema


class Reading(msgspec.Struct, frozen=True):
    """What a caller may read of a class: refused, or narrowed by conditions, with fields hidden."""

    error: ParseError | None
    conditions: tuple[Condition, ...]
    hidden: Hidden


def reading(
    schema: ClassSchema,
    caller: Caller,
    operation: Operation,
    server_wide: ProtectedFields,
    *,
    owner_exempt: bool,
) -> Reading:
    """Judge one kind of read of a class by one caller; the same for every query."""
    access = class_access(schema, operation, caller)
    conditions = (access.narrowing(caller), readable(caller))
    return Reading(
        error=access.error,
        conditions=tuple(condition for condition in conditions if condition is not None),
        hidden=hidden_fields(schema, caller, server_wide, owner_exempt=owner_exempt),
    )


def narrowed(judged: Reading, schema: ClassSchema, query: Query, caller: Caller) -> Query:
    """The query as this caller may ask it.

    Raises the refusal of the class-level permissions, or OperationForbidden (119) for a question about a
    hidden field.
    """
    if judged.error is not None:
        raise judged.error
    refuse_hidden_keys(schema, judged.hidden, query.where, query.order, caller)
    return query.also(*judged.conditions) if judged.conditions else query
