"""Object ACLs: which objects a caller may read and write, and which ACL a new one gets.

Rules: reference/schema-clp-acl.md, sections 5.4 and 6.
"""

from __future__ import annotations

from parsonage.commands.caller import Caller
from parsonage.protocol.acl import ACL
from parsonage.query.model import Condition, ReadableBy, WritableBy
from parsonage.schema.model import ClassSchema

_CURRENT_USER = "currentUser"


def readable(caller: Caller) -> Condition | None:
    """The condition that an object's ACL lets the caller read; ``None`` where nothing is in the way."""
    return None if caller.sees_everything else ReadableBy(caller.names)


def writable(caller: Caller) -> Condition | None:
    """The condition that an object's ACL lets the caller write; ``None`` where nothing is in the way."""
    return None if caller.sees_everything else WritableBy(caller.names)


def default_acl(schema: ClassSchema, caller: Caller) -> ACL | None:
    """The ACL that the class gives to objects created without one; ``currentUser`` stands for the caller."""
    given = schema.permissions.default_acl
    if given is None:
        return None
    rights = dict(given)
    own = rights.pop(_CURRENT_USER, None)
    if own is not None and caller.user_id is not None:
        rights[caller.user_id] = own
    return ACL.from_json(rights)
