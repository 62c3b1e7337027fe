"""PC506 job-params · A job without the master key's rights

What it finds: queries, saves, deletions and fetches in jobs that don't say on whose authority they run, where
`Parse.Cloud.useMasterKey()` is not in force; and `request.user` in a job.
Why it matters: starting a job needs the master key, but the calls within run as a client that nobody knows. A job has
no user.
Instead: `{ useMasterKey: true }` on each call.
The fix: adds the option to the calls. Safe. Uses of `request.user` are reported.
Known gap: calls in helpers that jobs call are not looked at.
Source: reference/migration-rules.md, PC506.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.rule import on_handlers
from parsonage.migrate.code.scope import JOB, Handler
from parsonage.migrate.code.sdk import OPTIONS_AT, is_under_master_key, needs_authority, with_option
from parsonage.migrate.code.source import Node


@on_handlers(severity=Severity.BREAKS, until=2)
def job_params(handler: Handler) -> Iterator[Found]:
    """Find calls of jobs that run on nobody's authority."""
    function, home = handler.function, handler.home
    if handler.kind != JOB or function is None:
        return
    for name in sorted(OPTIONS_AT.keys() - {"send"}):
        for call in home.calls_between(name, function.start_byte, function.end_byte):
            if needs_authority(call, home) and not is_under_master_key(call, home):
                edit = with_option(call, "useMasterKey: true")
                fix = Fix.safe(edit) if edit is not None else None
                yield Found(call, "a job's calls have no rights by themselves: use the master key", fix)
    for member in _users(handler, function):
        yield Found(member, "a job has no user")


def _users(handler: Handler, function: Node) -> Iterator[Node]:
    for name in handler.home.source.mentions("user", function):
        member = name.parent
        is_member = member is not None and member.type == "member_expression"
        if is_member and member is not None and syntax.text(member) == f"{handler.request}.user":
            yield member
