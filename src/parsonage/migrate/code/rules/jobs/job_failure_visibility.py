"""PC504 job-failure-visibility · A failure that nobody sees

What it finds: the first `status.error()` of a job, and error callbacks and `catch` blocks of a job that do nothing but
write to the log.
Why it matters: the request that starts a job is answered with 200 before the job runs. A failure is a row of
`_JobStatus` that nobody looks at; one that is only logged counts as a success.
Instead: throw, and watch `_JobStatus`, or the exit status of `parsonage job run NAME`.
The fix: none: whom to tell is for you to say.
Source: reference/migration-rules.md, PC504.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import JOB, Handler
from parsonage.migrate.code.sdk import TAKES_CALLBACKS
from parsonage.migrate.code.source import Node

_MAY_HEAR = "[(catch_clause) (call_expression)] @it"
_LOGS = ("console.", "log(", "logger.")


@on_handlers(severity=Severity.WARN, until=2, legacy=False)
def job_failure_visibility(handler: Handler) -> Iterator[Found]:
    """Find errors of jobs that end in a row or in the log."""
    function = handler.function
    if handler.kind != JOB or function is None:
        return
    uses = answers.uses(handler)
    told = [answer.call for answer in uses.answers if answer.kind == "error"]
    told += [node for node in uses.detached if syntax.text(node).endswith(".error")]
    if told:
        first = min(told, key=lambda node: node.start_byte)
        yield Found(first, "this ends in a row of _JobStatus that nobody looks at")
    for node in handler.home.source.captures(_MAY_HEAR, function).get("it", []):
        inside = node.child_by_field_name("body") if node.type == "catch_clause" else _error_callback(node)
        if inside is not None and _only_logs(inside):
            yield Found(node if node.type == "catch_clause" else inside, "this failure counts as a success: throw")


def _error_callback(call: Node) -> Node | None:
    """The body of a call's error callback, if it is a link of a chain with one, or has one among its options."""
    given = syntax.arguments(call)
    option = syntax.properties(given[-1]).get("error") if given else None
    if option is not None and syntax.is_function(option) and syntax.method(call) in TAKES_CALLBACKS:
        return syntax.body(option)
    position = {"then": 1, "catch": 0, "fail": 0}.get(syntax.method(call)) if given else None
    if position is None or len(given) <= position or not syntax.is_function(given[position]):
        return None
    return syntax.body(given[position])


def _only_logs(inside: Node) -> bool:
    statements = syntax.meaningful(inside) if inside.type == "statement_block" else [inside]
    return bool(statements) and all(
        _logs(statement.named_children[0] if statement.type == "expression_statement" else statement)
        for statement in statements
    )


def _logs(node: Node) -> bool:
    callee = syntax.callee(node) if node.type == "call_expression" else None
    return callee is not None and (syntax.text(callee) + "(").startswith(_LOGS)
