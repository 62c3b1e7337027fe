"""PC401 implicit-limit · A query without a limit

What it finds: `find()` on a query that is made in the same function, or in one around it, and given no limit.
Why it matters: it gives 100 objects at most, as on hosted Parse; code that was tried out with little data hides it.
Instead: `findAll()` or `each()` where all are meant, or a limit.
The fix: sets the limit that was the highest one, 1,000. Assisted.
Known gap: a limit that a helper sets is not seen; queries that a helper makes are left alone.
Source: reference/migration-rules.md, PC401.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import queries, syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import query_made
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("find", severity=Severity.WARN, until=NEWEST)
def implicit_limit(call: Node, module: Module) -> Iterator[Found]:
    """Find queries that are cut off unnoticed."""
    owner, made = syntax.receiver(call), query_made(call, module)
    home = syntax.enclosing_function(made) if made is not None else None
    if owner is None or made is None or (home is not None and not syntax.within(call, home)):
        return
    if not any(syntax.method(step) == "limit" for step in queries.steps(call, module)):
        yield Found(call, "this gives 100 objects at most", Fix.assisted(Edit.after(owner, ".limit(1000)")))
