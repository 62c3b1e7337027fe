"""The order in which a write is judged: closed classes, the class-level permission, the ACL as a guard."""

from __future__ import annotations

from parsonage.commands.caller import Caller
from parsonage.policies.class_access import class_access
from parsonage.policies.object_access import writable
from parsonage.protocol.errors import ParseError
from parsonage.query.model import Condition, all_of
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema


def writing(schema: ClassSchema, caller: Caller, operation: Operation) -> Condition:
    """The guard that a write of this caller carries: it is part of the statement that writes.

    Raises the refusal of the class-level permissions.
    """
    access = class_access(schema, operation, caller)
    if access.error is not None:
        raise access.error
    parts = (access.narrowing(caller), None if operation is Operation.CREATE else writable(caller))
    return all_of(*(part for part in parts if part is not None))


def adding_fields(schema: ClassSchema, caller: Caller, *, creating: bool) -> tuple[ParseError | None, Condition | None]:
    """Whether a write may bring new fields, and the condition on the objects it may bring them to."""
    access = class_access(schema, Operation.ADD_FIELD, caller, creating=creating)
    return access.error, access.narrowing(caller)
