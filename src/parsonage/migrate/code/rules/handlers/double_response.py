"""PC105 double-response · Two answers on one path

What it finds: an answer after which another one follows on the same path, because a `return` or `else` is missing; and
one that stands behind a call whose callbacks answer as well, so that it comes first and they come second.
Why it matters: hosted Parse ignored the second answer; on Parse Server 9 it ends the whole server process.
Instead: `return` after the first answer.
The fix: puts `return` before the early answer. Safe for an error, which nobody means to go on after, and for a
success that is followed by answers alone. An answer that callbacks repeat is left to you.
Known gap: answers that meet by two branches of promises are not seen.
Source: reference/migration-rules.md, PC105.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler
from parsonage.migrate.code.source import Node


@on_handlers(severity=Severity.CRASH, until=3, stage=4)
def double_response(handler: Handler) -> Iterator[Found]:
    """Find answers that are followed by another one."""
    found = [answer for answer in answers.uses(handler).answers if answer.kind in {"success", "error"}]
    calls = [answer.call for answer in found]
    for answer in found:
        following = answers.statements_after(answer.call, handler.home)
        later = [statement for statement in following if any(syntax.within(call, statement) for call in calls)]
        if not later:
            if _is_repeated(answer.call, calls):
                yield Found(answer.call, "callbacks above answer again after this: leave one answer")
            continue
        is_statement = answer.call.parent is not None and answer.call.parent.type == "expression_statement"
        sure = answer.kind == "error" or len(later) == len(following)
        fix = Fix.safe(Edit.before(answer.call, "return ")) if is_statement and sure else None
        yield Found(answer.call, "another answer follows this one: return here", fix)


def _is_repeated(call: Node, calls: list[Node]) -> bool:
    """Whether a statement before an answer, on its own path, hands answers to callbacks, which are called later."""
    statement, own = syntax.statement_of(call), syntax.enclosing_function(call)
    block = statement.parent if statement is not None else None
    if statement is None or block is None or statement.type != "expression_statement":
        return False
    before = [
        sibling
        for sibling in syntax.meaningful(block)
        if sibling.type == "expression_statement" and sibling.end_byte <= statement.start_byte
    ]
    return any(
        syntax.within(other, sibling) and syntax.enclosing_function(other) != own
        for sibling in before
        for other in calls
    )
