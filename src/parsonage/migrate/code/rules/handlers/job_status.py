"""PC104 job-status · A job with a status

What it finds: jobs that report through their second parameter: `status.message()`, `status.success()`,
`status.error()`.
Why it matters: there is no such parameter since Parse Server 3. The request that starts the job is answered with 200
all the same, so that nobody notices the failure.
Instead: `request.message()`; return the text of a success, throw an error.
The fix: as PC101; messages are told to the request. Safe and assisted in the same cases.
Source: reference/migration-rules.md, PC104.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import JOB, Handler


@on_handlers(severity=Severity.BREAKS, until=3, stage=5)
def job_status(handler: Handler) -> Iterator[Found]:
    """Find jobs that report through their status."""
    if handler.kind != JOB:
        return
    found = answers.uses(handler)
    if found.any:
        message = f"a job has no {handler.response}: return or throw, and tell progress to {handler.request}.message"
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
