"""PC113 after-trigger-latency · An after-trigger that the client waits for

What it finds: `afterSave` and `afterDelete` handlers that are async or return a chain.
Why it matters: hosted Parse answered the client first; Parse Server waits for the promise that the handler returns.
Errors in it are logged and dropped.
Instead: keep it short, or leave the work to a job.
The fix: none.
Source: reference/migration-rules.md, PC113.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Node


@on_handlers(severity=Severity.WARN, until=2)
def after_trigger_latency(handler: Handler) -> Iterator[Found]:
    """Find after-triggers that give a promise."""
    function = handler.function
    if handler.kind not in {"afterSave", "afterDelete"} or function is None:
        return
    inside = syntax.body(function)
    if inside is not None and (syntax.is_async(function) or _returns_call(function, inside, handler.home)):
        yield Found(handler.call, "the client waits until this has run", None, answers.module_of(handler))


def _returns_call(function: Node, inside: Node, home: Module) -> bool:
    if inside.type == "call_expression":
        return True
    returns = home.source.captures("(return_statement) @it", inside).get("it", [])
    values = [
        value for node in returns if syntax.enclosing_function(node) == function for value in syntax.meaningful(node)
    ]
    return any(value.type in {"call_expression", "await_expression"} for value in values)
