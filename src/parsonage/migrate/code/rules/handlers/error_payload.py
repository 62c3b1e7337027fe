"""PC109 error-payload · An error that is no text

What it finds: `response.error()` with an object, an array, a number or nothing.
Why it matters: a plain object with a code is answered with code 141 on Parse Server 9, and its other fields are
dropped; an error without a value is answered as `Script failed.`
Instead: `new Parse.Error(code, text)`.
The fix: makes a `Parse.Error` of `{code, message}`. Safe.
Known gap: values in variables are not looked at.
Source: reference/migration-rules.md, PC109.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers
from parsonage.migrate.code.finding import Edit, Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import JOB, Handler
from parsonage.migrate.code.versions import NEWEST


@on_handlers(severity=Severity.WARN, until=NEWEST, stage=4)
def error_payload(handler: Handler) -> Iterator[Found]:
    """Find errors that lose their code or their text."""
    if handler.kind == JOB:
        return
    for answer in answers.uses(handler).answers:
        if answer.kind != "error":
            continue
        value = answer.value
        if value is not None and value.type not in {"object", "array", "number"}:
            continue
        made = answers.parse_error_of(value) if value is not None else None
        fix = Fix.safe(Edit.replace(value, made)) if value is not None and made is not None else None
        yield Found(answer.call, "clients get code 141 for this, without the rest: give a Parse.Error", fix)
