"""PC503 job-overlap · A job that must not run twice at once

What it finds: jobs that ask a query and save, or delete, without a lock.
Why it matters: hosted Parse ran one job at a time. Parse Server starts as many as are asked for, in any process: two
runs of the same job change the same rows.
Instead: a row that serves as a lock; Parsonage runs one of a job at a time unless told otherwise.
The fix: none.
Known gap: a lock is seen by a name with `lock` in it. What helpers do is not seen.
Source: reference/migration-rules.md, PC503.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import answers, syntax
from parsonage.migrate.code.finding import Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import JOB, Handler
from parsonage.migrate.code.sdk import asks_a_query, is_foreign
from parsonage.migrate.code.source import Node

_READS = ("find", "findAll", "first", "get", "each", "eachBatch")
_WRITES = ("save", "saveAll", "destroy", "destroyAll")


@on_handlers(severity=Severity.RISKY, until=2)
def job_overlap(handler: Handler) -> Iterator[Found]:
    """Find jobs that read and then write."""
    function, home = handler.function, handler.home
    if handler.kind != JOB or function is None:
        return
    reads = any(asks_a_query(call, home) for call in _within(handler, _READS))
    writes = any(not is_foreign(call) for call in _within(handler, _WRITES))
    if reads and writes and not _locks(function):
        message = "two runs of this job may work on the same rows at once"
        yield Found(handler.call, message, None, answers.module_of(handler))


def _within(handler: Handler, names: tuple[str, ...]) -> Iterator[Node]:
    if handler.function is not None:
        for name in names:
            yield from handler.home.calls_between(name, handler.function.start_byte, handler.function.end_byte)


def _locks(function: Node) -> bool:
    if "lock" not in syntax.text(function).lower():
        return False
    for node in syntax.walk(function):
        if node.type in {"identifier", "property_identifier"}:
            name = syntax.text(node).lower()
            if "lock" in name and "block" not in name and "clock" not in name:
                return True
    return False
