"""PC107 work-after-response · Work after the answer

What it finds: calls that follow an answer on its path.
Why it matters: hosted Parse stopped a handler soon after its answer; Parse Server runs the rest to its end, so code
that was dead becomes live. Once the answer is a `return`, it is dead again.
Instead: decide: before the answer, or in a job.
The fix: none: only you know which was meant.
Source: reference/migration-rules.md, PC107.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler, Module
from parsonage.migrate.code.source import Node

_ENDS = frozenset({"return_statement", "break_statement", "throw_statement", "continue_statement"})


@on_handlers(severity=Severity.WARN, until=3)
def work_after_response(handler: Handler) -> Iterator[Found]:
    """Find answers that are followed by work."""
    found = [answer for answer in answers.uses(handler).answers if answer.kind in {"success", "error"}]
    for answer in found:
        following = answers.statements_after(answer.call, handler.home)
        if any(syntax.within(other.call, statement) for other in found for statement in following):
            continue
        if any(_works(statement, handler.home) for statement in following if statement.type not in _ENDS):
            yield Found(answer.call, "what follows this answer runs to its end now, or never: decide which")


def _works(statement: Node, home: Module) -> bool:
    calls = home.source.captures("(call_expression) @it", statement).get("it", [])
    return any(not syntax.text(call).startswith("console.") for call in calls)
