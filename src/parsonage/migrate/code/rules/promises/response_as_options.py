"""PC208 response-as-options · The response given as options

What it finds: calls of the SDK that are given a handler's response where their options go: `query.find(response)`.
Why it matters: it used the fact that a response has members `success` and `error`; these are never called, and the
request hangs.
Instead: return the promise.
The fix: takes the response out and returns the call. Safe when the call is the last thing its handler does.
Source: reference/migration-rules.md, PC208.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler
from parsonage.migrate.code.sdk import (
    takes_options,
)
from parsonage.migrate.code.source import Node


@on_handlers(severity=Severity.BREAKS, until=3, stage=4)
def response_as_options(handler: Handler) -> Iterator[Found]:
    """Find calls that are to answer by themselves."""
    found = answers.uses(handler)
    for escape in found.escapes:
        call = escape.parent.parent if escape.parent is not None else None
        if call is not None and takes_options(escape):
            is_alone = len(found.escapes) == 1 and not found.detached
            yield Found(
                call, "nobody answers here: return the promise", _fix(call, escape, handler) if is_alone else None
            )


def _fix(call: Node, escape: Node, handler: Handler) -> Fix | None:
    statement, given = call.parent, syntax.arguments(call)
    inside = syntax.body(handler.function) if handler.function is not None else None
    is_last = inside is not None and statement is not None and syntax.meaningful(inside)[-1:] == [statement]
    if not is_last or statement is None or statement.type != "expression_statement":
        return None
    start = given[-2].end_byte if len(given) > 1 else escape.start_byte
    return Fix.safe(Edit.before(call, "return "), Edit(start, escape.end_byte, ""))
