"""PC310 internal-class-query · A query on an internal class without the master key

What it finds: queries on `_Installation`, `_Session`, `_PushStatus`, `_JobStatus` and `_Audience` that don't say on
whose authority they run.
Why it matters: they are refused with code 119.
Instead: `{ useMasterKey: true }`.
The fix: adds the option. Safe.
Known gap: queries that come as parameters are not seen.
Source: reference/migration-rules.md, PC310.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    has_authority,
    queried_class,
    with_option,
)
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_INTERNAL = frozenset({"_Installation", "_Session", "_PushStatus", "_JobStatus", "_Audience"})


@on_calls("find", "first", "count", "get", "each", severity=Severity.BREAKS, until=NEWEST)
def internal_class_query(call: Node, module: Module) -> Iterator[Found]:
    """Find queries on classes that are the server's own."""
    asked = queried_class(call, module)
    if asked not in _INTERNAL or has_authority(call, module):
        return
    edit = with_option(call, "useMasterKey: true")
    fix = Fix.safe(edit) if edit is not None else None
    yield Found(call, f"only the master key may ask for {asked}", fix)
