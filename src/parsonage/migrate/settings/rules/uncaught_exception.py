"""PS909 uncaught-exception · A process that goes on after an error

What it finds: a listener for `uncaughtException` that does not end the process.
Why it matters: since Parse Server 7 such an error ends the process with status 1. A listener that only writes a line
keeps a process alive whose state nobody knows.
Instead: mend what throws (PC105, PC112), and run the server under a supervisor.
The fix: none.
Source: reference/migration-rules.md, PS909.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node

_ENDS = ("process.exit", "process.abort", "process.kill")


@on_calls("on", "once", "addListener", "prependListener", severity=Severity.RISKY, until=7, legacy=False, outside=True)
def uncaught_exception(call: Node, module: Module) -> Iterator[Found]:
    """Find listeners that let the process live."""
    owner, given = syntax.receiver(call), syntax.arguments(call)
    if owner is None or syntax.text(owner) != "process" or len(given) < 2:
        return
    if syntax.string(given[0]) == "uncaughtException" and not _ends_the_process(given[1], module):
        yield Found(call, "an error that nobody caught must end the process: run it under a supervisor")


def _ends_the_process(listener: Node, module: Module) -> bool:
    if syntax.text(listener) in _ENDS:
        return True
    found = module.function_of(listener)
    if found is None:
        return False
    return any(
        node.type == "call_expression" and syntax.text(called) in _ENDS
        for node in syntax.walk(found[1])
        if (called := syntax.callee(node)) is not None
    )
