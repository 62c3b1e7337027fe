"""PC106 promise-not-returned · A chain of promises that nobody waits for

What it finds: functions, jobs and before-triggers without a response whose body, or an `if` in it, starts a chain of
promises as a statement, and that return and await nothing.
Why it matters: a function answers `{}` at once; a trigger accepts the save before its check has run.
Instead: `return` or `await` the chain.
The fix: puts `return` before the chain. Safe when the chain is the last statement of the handler on its path.
Known gap: chains that start in a helper are not seen. After-triggers, for which nobody waits, are left to PC112.
Source: reference/migration-rules.md, PC106.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler
from parsonage.migrate.code.unawaited import unawaited
from parsonage.migrate.code.versions import NEWEST


@on_handlers(severity=Severity.BREAKS, until=NEWEST, legacy=False, stage=6)
def promise_not_returned(handler: Handler) -> Iterator[Found]:
    """Find handlers that start a chain as a statement and wait for nothing."""
    for one in unawaited(handler):
        fix = Fix.safe(Edit.before(one.chain, "return ")) if one.is_last else None
        yield Found(one.chain, "the handler ends before this chain has run: return it", fix)
