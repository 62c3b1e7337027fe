"""Fields of the server's own classes that an object must have.

Rules: reference/schema-clp-acl.md, section 4.
"""

from __future__ import annotations

from parsonage.operations.draft import Draft
from parsonage.protocol import field_operations as op
from parsonage.protocol.errors import IncorrectType


def check_required(draft: Draft, *fields: str) -> None:
    """Refuse a create that leaves one of these fields empty, and an update that unsets one. Raises 111."""
    for field in fields:
        operation = draft.operations.get(field)
        is_unset = isinstance(operation, op.Unset)
        is_empty = operation is None or (isinstance(operation, op.Set) and operation.value in (None, "", 0))
        if is_unset or (draft.creating and is_empty):
            raise IncorrectType(f"{field} is required.")
