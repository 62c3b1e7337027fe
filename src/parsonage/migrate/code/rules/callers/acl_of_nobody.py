"""PC307 acl-of-nobody · An ACL for the current user

What it finds: `new Parse.ACL(Parse.User.current())`.
Why it matters: there is no current user, so the ACL lets nobody in: the object is invisible to its owner.
Instead: `new Parse.ACL(request.user)`, for calls that have a user.
The fix: rewrites the call where a handler's request is in reach. Safe there.
Source: reference/migration-rules.md, PC307.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_query("(new_expression) @it", severity=Severity.BREAKS, until=NEWEST, stage=2)
def acl_of_nobody(made: Node, module: Module) -> Iterator[Found]:
    """Find ACLs that are made of the current user."""
    given = syntax.arguments(made)
    if len(given) != 1 or module.dotted(made) != "new Parse.ACL()":
        return
    user = module.value_of(given[0])
    if module.dotted(user) != "Parse.User.current()":
        return
    request = module.request_at(made)
    fix = Fix.safe(Edit.replace(user, f"{request}.user")) if request is not None else None
    yield Found(made, "this ACL lets nobody in, since a server has no current user", fix)
