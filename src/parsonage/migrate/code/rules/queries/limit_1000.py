"""PC402 limit-1000 · 1,000 taken for everything

What it finds: `limit(999)`, `limit(1000)` and `limit(1001)`.
Why it matters: 1,000 was the highest limit; larger ones work now, and exactly 1,000 objects still means that some are
missing.
Instead: `findAll()` or `each()`.
The fix: none.
Source: reference/migration-rules.md, PC402.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import (
    is_foreign,
)
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST


@on_calls("limit", severity=Severity.INFO, until=NEWEST)
def limit_1000(call: Node, module: Module) -> Iterator[Found]:
    """Find limits that were the highest ones."""
    given = syntax.arguments(call)
    if not is_foreign(call) and len(given) == 1 and syntax.text(given[0]) in {"999", "1000", "1001"}:
        yield Found(call, "more than 1,000 objects may be asked for now: findAll or each gives all")
