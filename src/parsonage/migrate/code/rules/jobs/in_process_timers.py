"""PC505 in-process-timers · Timers at the top of a file

What it finds: `setInterval` and `setTimeout` outside of every function, and packages for cron.
Why it matters: they run once in each process: twice behind a load balancer.
Instead: a job.
The fix: none.
Source: reference/migration-rules.md, PC505.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node
from parsonage.migrate.code.versions import NEWEST

_CRON = frozenset({"cron", "node-cron", "node-schedule", "agenda"})


@on_calls("setInterval", "setTimeout", "require", severity=Severity.RISKY, until=NEWEST, legacy=False)
def in_process_timers(call: Node, module: Module) -> Iterator[Found]:
    """Find timers that start with the process."""
    if syntax.receiver(call) is not None:
        return
    if syntax.method(call) == "require":
        package = syntax.string(next(iter(syntax.arguments(call)), None))
        if package in _CRON:
            yield Found(call, f"what {package} starts runs in every process: make it a job")
    elif syntax.enclosing_function(call) is None:
        yield Found(call, "this runs in every process: make it a job")
