"""PC101 function-response · `response.success()` and `response.error()` in a function

What it finds: functions registered with `Parse.Cloud.define` that answer through their second parameter.
Why it matters: Parse Server 3 to 8 give no second parameter, so the call fails with code 141; Parse Server 9 gives
one only where the function's own arity shows it, and hangs when it is not used.
Instead: return the result; `throw new Parse.Error(code, text)` for an error.
The fix: turns answers into `return` and `throw` and takes the parameter out. Safe when every answer is the last thing
on its path, in the function itself or in a `then` or `catch` of a chain that can be returned. Assisted otherwise: the
body is wrapped in a promise which the response settles.
Known gap: a function that is used elsewhere as well, or that is given through another function, is reported only.
Source: reference/migration-rules.md, PC101.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import FUNCTION, Handler


@on_handlers(severity=Severity.BREAKS, until=3, stage=5)
def function_response(handler: Handler) -> Iterator[Found]:
    """Find functions that answer through their response."""
    found = answers.uses(handler)
    if handler.kind != FUNCTION or not (found.answers or found.detached):
        return
    message = f"{handler.response}.success and {handler.response}.error are gone: return the result, throw the error"
    yield Found(handler.call, message, _fix(handler, found), answers.module_of(handler))


def _fix(handler: Handler, found: answers.Uses) -> Fix | None:
    try:
        edits, _ = answers.as_returns(handler, found)
    except answers.NotByItself:
        return _assisted(handler)
    return Fix.safe(*edits)


def _assisted(handler: Handler) -> Fix | None:
    try:
        return Fix.assisted(*answers.in_promise(handler))
    except answers.NotByItself:
        return None
