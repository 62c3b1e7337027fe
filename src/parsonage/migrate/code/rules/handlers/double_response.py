"""PC105 double-response · Two answers on one path

What it finds: an answer after which another one follows on the same path, because a `return` or `else` is missing.
Why it matters: hosted Parse ignored the second answer; on Parse Server 9 it ends the whole server process.
Instead: `return` after the first answer.
The fix: puts `return` before the early answer. Safe for an error, which nobody means to go on after, and for a
success that is followed by answers alone.
Known gap: answers that meet by two branches of promises are not seen.
Source: reference/migration-rules.md, PC105.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler


@on_handlers(severity=Severity.CRASH, until=3, stage=4)
def double_response(handler: Handler) -> Iterator[Found]:
    """Find answers that are followed by another one."""
    found = [answer for answer in answers.uses(handler).answers if answer.kind in {"success", "error"}]
    calls = [answer.call for answer in found]
    for answer in found:
        following = list(answers.statements_after(answer.call))
        later = [statement for statement in following if any(syntax.within(call, statement) for call in calls)]
        if not later:
            continue
        is_statement = answer.call.parent is not None and answer.call.parent.type == "expression_statement"
        sure = answer.kind == "error" or len(later) == len(following)
        fix = Fix.safe(Edit.before(answer.call, "return ")) if is_statement and sure else None
        yield Found(answer.call, "another answer follows this one: return here", fix)
