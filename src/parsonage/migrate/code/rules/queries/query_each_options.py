"""PC403 query-each-options · `each` with options in the wrong place, or on a query that is ordered or cut

What it finds: `query.each()` and `eachBatch()` with the options before the callback, and on queries with an order, a
`limit` or a `skip`.
Why it matters: the options are the second argument. A query that is ordered or cut can't be iterated: `Cannot iterate
on a query with sort, skip, or limit.`
Instead: `query.each(f, { useMasterKey: true })`, without order and limit; `find` where they are needed.
The fix: puts the options behind the callback. Safe. Orders and limits are reported.
Known gap: missing options belong to PC301 and PC303.
Source: reference/migration-rules.md, PC403.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import queries, syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import asks_a_query
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("each", "eachBatch", severity=Severity.RISKY, until=NEWEST, legacy=False)
def query_each_options(call: Node, module: Module) -> Iterator[Found]:
    """Find iterations that the SDK refuses."""
    given = syntax.arguments(call)
    if not given or not asks_a_query(call, module):
        return
    if len(given) == 2 and given[0].type == "object" and syntax.is_function(given[1]):
        between = Edit(given[0].start_byte, given[1].start_byte, "")
        fix = Fix.safe(between, Edit.after(given[1], f", {syntax.text(given[0])}"))
        yield Found(call, "the callback comes first, the options second", fix)
    elif any(syntax.method(step) in queries.WINDOW for step in queries.steps(call, module)):
        yield Found(call, "a query with an order, a limit or a skip can't be iterated")
