"""PC202 promise-error · `Parse.Promise.error()`

What it finds: calls of `Parse.Promise.error()`.
Why it matters: `Parse.Promise` is gone since Parse Server 3; reading a member of it throws.
Instead: `Promise.reject()`.
The fix: renames the call. Safe for one argument at most.
Source: reference/migration-rules.md, PC202.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("error", severity=Severity.BREAKS, until=3, stage=3)
def promise_error(call: Node, module: Module) -> Iterator[Found]:
    """Find the call by its whole name."""
    called = syntax.callee(call)
    if called is None or module.dotted(called) != "Parse.Promise.error":
        return
    few = len(syntax.arguments(call)) <= 1
    yield Found(
        call,
        "Parse.Promise is gone: Promise.reject does it",
        Fix.safe(Edit.replace(called, "Promise.reject")) if few else None,
    )
