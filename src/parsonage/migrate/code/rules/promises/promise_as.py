"""PC201 promise-as · `Parse.Promise.as()`

What it finds: calls of `Parse.Promise.as()`.
Why it matters: `Parse.Promise` is gone since Parse Server 3; reading a member of it throws.
Instead: `Promise.resolve()`.
The fix: renames the call. Safe for one argument at most.
Source: reference/migration-rules.md, PC201.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_query
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_QUERY = """
((call_expression function: (member_expression property: (_) @_name)) @it (#eq? @_name "as"))
((new_expression constructor: (member_expression property: (_) @_name)) @it (#eq? @_name "as"))
"""


@on_query(_QUERY, severity=Severity.BREAKS, until=3, stage=3, needs="Promise")
def promise_as(call: Node, module: Module) -> Iterator[Found]:
    """Find the call by its whole name."""
    called = syntax.callee(call)  # of old code some says ``new``, which did no harm
    if called is None or module.dotted(called) != "Parse.Promise.as":
        return
    few = len(syntax.arguments(call)) <= 1
    yield Found(
        call,
        "Parse.Promise is gone: Promise.resolve does it",
        Fix.safe(Edit(call.start_byte, called.end_byte, "Promise.resolve")) if few else None,
    )
