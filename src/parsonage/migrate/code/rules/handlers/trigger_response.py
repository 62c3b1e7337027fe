"""PC103 trigger-response · A trigger with a response

What it finds: save and delete triggers that answer through their second parameter.
Why it matters: there is no such parameter since Parse Server 3: every save of the class fails with code 141.
Instead: return nothing to accept, throw to refuse, change `request.object` in place.
The fix: turns answers into `return` and `throw`. Safe where the trigger does everything in one go; assisted where a
promise has to be returned for it.
Known gap: as PC101.
Source: reference/migration-rules.md, PC103.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import Handler

_WITH_RESPONSE = frozenset({"beforeSave", "afterSave", "beforeDelete", "afterDelete"})


@on_handlers(severity=Severity.BREAKS, until=3, stage=5)
def trigger_response(handler: Handler) -> Iterator[Found]:
    """Find triggers that answer through their response."""
    if handler.kind not in _WITH_RESPONSE:
        return
    found = answers.uses(handler)
    if found.any:
        message = f"a trigger has no {handler.response}: return nothing to accept, throw to refuse"
        yield Found(handler.call, message, _fix(handler, found), answers.module_of(handler))


def _fix(handler: Handler, found: answers.Uses) -> Fix | None:
    try:
        edits, chained = answers.as_returns(handler, found)
    except answers.NotByItself:
        return _assisted(handler)
    return Fix.assisted(*edits) if chained else Fix.safe(*edits)


def _assisted(handler: Handler) -> Fix | None:
    try:
        return Fix.assisted(*answers.in_promise(handler))
    except answers.NotByItself:
        return None
