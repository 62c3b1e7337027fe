"""Class-level permissions: may this caller do this to that class, and to which of its objects?

Rules: reference/schema-clp-acl.md, sections 5.2, 5.3 and 8.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from parsonage.commands.caller import Caller
from parsonage.protocol.acl import EVERYONE
from parsonage.protocol.errors import NeedsAuthentication, OperationForbidden, ParseError
from parsonage.protocol.names import MASTER_ONLY_CLASSES, is_join_name
from parsonage.protocol.values import Pointer
from parsonage.query.model import NEVER, Condition, Equals, any_of
from parsonage.schema.class_permissions import Operation
from parsonage.schema.model import ClassSchema


class ClassAccess(msgspec.Struct, frozen=True):
    """Refused with ``error``; or allowed, on the objects of which a field of ``user_fields`` names the caller."""

    error: ParseError | None = None
    user_fields: tuple[str, ...] = ()
    because: str = ""

    def narrowing(self, caller: Caller) -> Condition | None:
        """The condition on the objects; ``None`` where all of them are meant."""
        if not self.user_fields:
            return None
        if caller.user_id is None:
            return NEVER
        me = Pointer("_User", caller.user_id)
        return any_of(*(Equals(field, me) for field in self.user_fields))


def class_access(schema: ClassSchema, operation: Operation, caller: Caller, *, creating: bool = False) -> ClassAccess:
    """Ask the class-level permissions; ``creating`` says that an ``addField`` belongs to a create."""
    if caller.sees_everything:
        return ClassAccess(because=f"{caller} passes class-level permissions")
    rule = schema.permissions.rule(operation)
    named = rule.names & caller.names
    if named:
        return ClassAccess(because=f"{operation.value} on {schema.name} is open to {_listed(named)}")
    if rule.requires_authentication and caller.user_id is None:
        return ClassAccess(NeedsAuthentication(), because=f"{operation.value} on {schema.name} needs a logged-in user")
    of_an_object = operation is not Operation.CREATE and not (operation is Operation.ADD_FIELD and creating)
    user_fields = schema.permissions.user_fields(operation) if of_an_object else ()
    if user_fields:  # they narrow what is open to whoever is logged in, too
        return ClassAccess(
            user_fields=user_fields,
            because=f"{operation.value} on {schema.name} is open to the users in {', '.join(user_fields)}",
        )
    if rule.requires_authentication:
        return ClassAccess(because=f"{operation.value} on {schema.name} is open to whoever is logged in")
    who = _listed(rule.names) or "nobody but the master key"
    return ClassAccess(
        OperationForbidden(detail=f"Permission denied for action {operation.value} on class {schema.name}."),
        because=f"{operation.value} on {schema.name} is for {who}; the caller is {caller}",
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted("everyone" if name == EVERYONE else name for name in names))


_VERBS = {
    Operation.FIND: "find",
    Operation.GET: "get",
    Operation.COUNT: "find",
    Operation.CREATE: "create",
    Operation.UPDATE: "update",
    Operation.DELETE: "delete",
}


def refuse_closed_classes(class_name: str, operation: Operation, caller: Caller) -> None:
    """Refuse what only the master key may name, and writes by the read-only key.

    Raises OperationForbidden (119).
    """
    if caller.is_read_only and operation in (Operation.CREATE, Operation.UPDATE, Operation.DELETE):
        raise OperationForbidden(
            detail=f"read-only masterKey isn't allowed to perform the {_VERBS[operation]} operation."
        )
    if not class_name.startswith("_") or caller.sees_everything:
        return
    if class_name in MASTER_ONLY_CLASSES or is_join_name(class_name):
        raise OperationForbidden(
            detail=f"Clients aren't allowed to perform the {_VERBS[operation]} operation on the {class_name}"
            " collection."
        )
    if class_name == "_Installation" and operation in (Operation.FIND, Operation.COUNT, Operation.DELETE):
        raise OperationForbidden(
            detail=f"Clients aren't allowed to perform the {_VERBS[operation]} operation on the installation"
            " collection."
        )
