"""PC401 implicit-limit · A query without a limit

What it finds: `find()` on a query that is made in the same function and given no limit there.
Why it matters: it gives 100 objects at most, as on hosted Parse; code that was tried out with little data hides it.
Instead: `findAll()` or `each()` where all are meant, or a limit.
The fix: sets the limit that was the highest one, 1,000. Assisted.
Known gap: a limit that a helper sets is not seen.
Source: reference/migration-rules.md, PC401.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    asks_a_query,
)
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("find", severity=Severity.WARN, until=NEWEST)
def implicit_limit(call: Node, module: Module) -> Iterator[Found]:
    """Find queries that are cut off unnoticed."""
    owner = syntax.receiver(call)
    around = syntax.enclosing_function(call) or module.source.root
    if owner is None or not asks_a_query(call, module):
        return
    name = syntax.text(owner) if owner.type == "identifier" else ""
    limited = f"{name}.limit(" in syntax.text(around) if name else ".limit(" in syntax.text(owner)
    if not limited and name not in module.once(_limited):
        yield Found(call, "this gives 100 objects at most", Fix.assisted(Edit.after(owner, ".limit(1000)")))


def _limited(module: Module) -> set[str]:
    """The names of the variables on which a limit is set anywhere in a file."""
    origins = [syntax.origin(call) for call in module.calls().get("limit", [])]
    return {syntax.text(origin) for origin in origins if origin.type == "identifier"}
