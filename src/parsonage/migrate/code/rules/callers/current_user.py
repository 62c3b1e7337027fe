"""PC302 current-user · `Parse.User.current()` on a server

What it finds: calls of `Parse.User.current()`, `currentAsync()` and `Parse.User.currentUser()`.
Why it matters: a server answers many users at once; there is no current one. It returns null, and the next line
fails, or takes the branch for strangers.
Instead: `request.user`, inside a function or trigger.
The fix: rewrites the call where a handler's request is in reach. Safe there.
Known gap: helpers that handlers call are reported, not rewritten.
Source: reference/migration-rules.md, PC302.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("current", "currentAsync", "currentUser", severity=Severity.BREAKS, until=NEWEST, stage=2)
def current_user(call: Node, module: Module) -> Iterator[Found]:
    """Find the call by its whole name."""
    name = syntax.method(call)
    if module.dotted(syntax.callee(call)) not in {f"Parse.User.{name}", f"Parse.{name}"}:
        return
    request = module.request_at(call)
    user = f"{request}.user" if name != "currentAsync" else f"Promise.resolve({request}.user)"
    fix = Fix.safe(Edit.replace(call, user)) if request is not None else None
    yield Found(call, "a server has no current user: the caller is request.user", fix)
