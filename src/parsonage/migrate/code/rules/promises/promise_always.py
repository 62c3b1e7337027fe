"""PC205 promise-always · `always`, `done`, `fail` and `continueWith` on promises

What it finds: these methods in a chain that starts with a call of the SDK.
Why it matters: native promises don't have them: the call throws.
Instead: `.then(f, f)` or `.finally(f)`; `.then`; `.catch`.
The fix: renames `done` to `then`, `fail` to `catch`, and `always(f)` to `then(f, f)`. Safe for these; a function
written out in place is not written twice, but becomes a `finally` where it takes no value and ends the chain.
Known gap: chains that start with a function of your own that returns such a call.
Source: reference/migration-rules.md, PC205.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    TAKES_CALLBACKS,
    is_foreign,
)
from parsonage.migrate.code.source import Node

_NATIVE = {"done": "then", "fail": "catch"}


@on_calls("always", "done", "fail", "continueWith", severity=Severity.BREAKS, until=3, stage=3)
def promise_always(call: Node, module: Module) -> Iterator[Found]:
    """Find these links in chains of the SDK's promises."""
    start = syntax.chain_start(call)
    if start == call or start.type != "call_expression" or is_foreign(start):
        return
    known = module.dotted(start).startswith(("Parse.", "Promise.")) or syntax.method(start) in TAKES_CALLBACKS
    if known:
        name = syntax.method(call)
        yield Found(call, f"native promises have no {name}", _fix(call, name))


def _fix(call: Node, name: str) -> Fix | None:
    called, given = syntax.callee(call), syntax.arguments(call)
    member = called.child_by_field_name("property") if called is not None else None
    if member is None or len(given) != 1:
        return None
    if name in _NATIVE:
        return Fix.safe(Edit.replace(member, _NATIVE[name]))
    if name == "always" and given[0].type in {"identifier", "member_expression"}:
        return Fix.safe(Edit.replace(member, "then"), Edit.after(given[0], f", {syntax.text(given[0])}"))
    is_end = syntax.is_function(given[0]) and not syntax.parameters(given[0]) and not syntax.links_after(call)
    return Fix.safe(Edit.replace(member, "finally")) if name == "always" and is_end else None
