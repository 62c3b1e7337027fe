"""PC115 duplicate-registration · The same handler registered twice

What it finds: two registrations of one function, one job, or one trigger on one class, in all files that are read.
Why it matters: the last one wins with at most a line in the log, and which one is last depends on the order of the
files.
Instead: remove one, or merge them.
The fix: none.
Source: reference/migration-rules.md, PC115.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_all_handlers
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.versions import NEWEST


@on_all_handlers(severity=Severity.WARN, until=NEWEST)
def duplicate_registration(handlers: list[Handler]) -> Iterator[tuple[Module, Found]]:
    """Find registrations that another one has come before."""
    first: dict[tuple[str, str], Handler] = {}
    for handler in handlers:
        if handler.name is None:
            continue
        earlier = first.setdefault((handler.kind, handler.name), handler)
        if earlier is not handler:
            source = earlier.module.source
            where = f"{source.name}:{source.place(earlier.call).line}"
            yield handler.module, Found(handler.call, f"{handler.kind} {handler.name} is registered in {where} as well")
