"""PC412 subquery-limits · Inner queries that are ordered, cut or unbounded

What it finds: `matchesQuery`, `doesNotMatchQuery`, `matchesKeyInQuery` and `doesNotMatchKeyInQuery` with an inner query
that has an order or a limit, or no condition at all.
Why it matters: hosted Parse cut the inner results at 1,000. Now all of them count, and `limit`, `skip` and the order of
the inner query are ignored; Parse Server reads them into memory.
Instead: a condition for the inner query; or ask it first and use `containedIn`.
The fix: none.
Known gap: inner queries that come as parameters are not seen.
Source: reference/migration-rules.md, PC412.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import queries, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_METHODS = ("matchesQuery", "doesNotMatchQuery", "matchesKeyInQuery", "doesNotMatchKeyInQuery")


@on_calls(*_METHODS, severity=Severity.INFO, until=NEWEST)
def subquery_limits(call: Node, module: Module) -> Iterator[Found]:
    """Find inner queries that give something else than they did."""
    given = syntax.arguments(call)
    if len(given) < 2 or not module.dotted(module.value_of(syntax.origin(given[-1]))).startswith("new Parse.Query()"):
        return
    methods = {syntax.method(step) for step in queries.steps(given[-1], module)}
    if methods & queries.WINDOW:
        yield Found(call, "order, limit and skip of an inner query have no effect")
    elif not methods & queries.CONSTRAINTS:
        yield Found(call, "all objects of the inner query's class count now: give it a condition")
