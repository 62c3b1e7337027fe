"""PC304 become · `Parse.User.become()`

What it finds: the call in Cloud Code.
Why it matters: it throws: `It is not memory-safe to become a user in a server environment`.
Instead: give the token to each call; `Parse.User.me(token)` reads the user.
The fix: writes `me` for `become`. Safe where a `then` follows.
Source: reference/migration-rules.md, PC304.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("become", severity=Severity.BREAKS, until=NEWEST)
def become(call: Node, module: Module) -> Iterator[Found]:
    """Find the call by its whole name."""
    called = syntax.callee(call)
    if called is None or module.dotted(called) != "Parse.User.become":
        return
    member = called.child_by_field_name("property")
    followed = [link.name for link in syntax.links_after(call)][:1] == ["then"]
    fix = Fix.safe(Edit.replace(member, "me")) if followed and member is not None else None
    yield Found(call, "nobody can become a user on a server: read the user by Parse.User.me(token)", fix)
