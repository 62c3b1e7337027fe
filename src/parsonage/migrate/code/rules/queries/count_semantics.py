"""PC404 count-semantics · A count that is an estimate

What it finds: `count()` with the master key on a query without a condition.
Why it matters: on PostgreSQL, Parse Server answers it from the planner's statistics: 0 for a class with a few rows.
Parsonage counts exactly.
Instead: a condition that always holds, as `exists('objectId')`.
The fix: none.
Known gap: conditions that a helper sets are not seen.
Source: reference/migration-rules.md, PC404.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import queries, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import is_under_master_key, queried_class
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("count", severity=Severity.WARN, until=NEWEST)
def count_semantics(call: Node, module: Module) -> Iterator[Found]:
    """Find counts of whole classes with the master key."""
    given = syntax.arguments(call)
    options = module.value_of(given[0]) if given else None
    is_master = options is not None and "useMasterKey" in syntax.properties(options)
    if queried_class(call, module) is None or not (is_master or is_under_master_key(call, module)):
        return
    if not any(syntax.method(step) in queries.CONSTRAINTS for step in queries.steps(call, module)):
        yield Found(call, "Parse Server answers this with an estimate on PostgreSQL: add a condition")
