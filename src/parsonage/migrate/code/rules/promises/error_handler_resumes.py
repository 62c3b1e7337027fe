"""PC210 error-handler-resumes · An error callback after which the chain goes on

What it finds: an error callback that ends with an answer, followed by another `then` with a callback for results.
Why it matters: the old promises stayed rejected after an error callback; native ones are resolved, so the next
callback runs too: an answer after an error, or data written after a failed check.
Instead: one error callback at the end of the chain, or throw in this one.
The fix: moves the callback to the end of the chain; where another one hears of errors there, throws at the end of this
one. Assisted: what failed in between is answered by it, too. Rewriting the answers as PC101 does mends it as well.
Source: reference/migration-rules.md, PC210.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.source import Node


@on_calls("then", "catch", "fail", severity=Severity.BREAKS, until=3)
def error_handler_resumes(call: Node, module: Module) -> Iterator[Found]:
    """Find error callbacks in the middle of a chain that answer instead of throwing."""
    given = syntax.arguments(call)
    position = 1 if syntax.method(call) == "then" else 0
    handler = module.handler_at(call)
    if handler is None or handler.response is None or len(given) <= position:
        return
    later = syntax.links_after(call)
    goes_on = any(link.name == "then" and link.handlers and syntax.is_function(link.handlers[0]) for link in later)
    inside = syntax.body(given[position]) if syntax.is_function(given[position]) else None
    statements = syntax.meaningful(inside) if inside is not None else []
    if goes_on and statements and f"{handler.response}.error(" in syntax.text(statements[-1]):
        fix = _fix(call, given[position], later)
        yield Found(given[position], "after this callback the chain goes on as if nothing had failed", fix)


def _fix(call: Node, callback: Node, later: list[syntax.Link]) -> Fix | None:
    inside, last = syntax.body(callback), later[-1]
    if any(link.name in {"catch", "fail"} or len(link.handlers) > 1 for link in later):
        error = next(map(syntax.parameter_name, syntax.parameters(callback)), None)
        is_block = inside is not None and inside.type == "statement_block" and error is not None
        statements = syntax.meaningful(inside) if inside is not None and is_block else []
        return Fix.assisted(Edit.after(statements[-1], f" throw {error};")) if statements else None
    given = syntax.arguments(call)
    if syntax.method(call) != "then" or last.name != "then" or len(last.handlers) != 1:
        return None
    gone = Edit(given[0].end_byte, callback.end_byte, "")
    return Fix.assisted(gone, Edit.after(last.handlers[0], f", {syntax.text(callback)}"))
