"""PC303 missing-session · A call that relied on the caller's session

What it finds: queries, saves, deletions and fetches in functions and triggers that don't say on whose authority they
run, where `Parse.Cloud.useMasterKey()` is not in force.
Why it matters: on hosted Parse they ran as the caller. On Parse Server they run as a client that nobody knows: what an
ACL protects is not found, a save of it fails, a count says 0.
Instead: `{ sessionToken: request.user.getSessionToken() }` keeps the caller's rights.
The fix: adds the caller's session token. Assisted, where a handler's request is in reach: the master key may be meant,
and callers without a session have no token.
Known gap: calls in helpers outside of handlers are not looked at. Queries on users, roles and internal classes belong
to PC309, PC310 and PC311, the caller's own save to PC305, jobs to PC506.
Source: reference/migration-rules.md, PC303.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.answers import uses
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import JOB, Handler, Module
from parsonage.migrate.code.sdk import OPTIONS_AT, is_under_master_key, needs_authority, queried_class, with_option
from parsonage.migrate.code.source import Node

_OF_OTHER_RULES = frozenset(
    {"_User", "_Role", "_Installation", "_Session", "_PushStatus", "_JobStatus", "_JobSchedule", "_Audience"}
)


@on_calls(*sorted(OPTIONS_AT.keys() - {"send"}), severity=Severity.BREAKS, until=2)
def missing_session(call: Node, module: Module) -> Iterator[Found]:
    """Find calls in handlers that run on nobody's authority."""
    handler = module.handler_at(call)
    if handler is None or handler.kind == JOB or not needs_authority(call, module):
        return
    if is_under_master_key(call, module) or _is_of_another_rule(call, module):
        return
    request = module.request_at(call)
    edit = with_option(call, f"sessionToken: {request}.user.getSessionToken()") if request is not None else None
    fix = Fix.assisted(edit) if edit is not None else None
    message = "this ran as the caller, and runs as nobody now: pass the session token"
    yield Found(call, message, fix, lasts=_lasts(call, handler))


def _is_of_another_rule(call: Node, module: Module) -> bool:
    owner = object_of(syntax.receiver(call), module)
    if owner is not None:
        return owner.class_name == "_Role" or syntax.text(syntax.origin(call)) == "Parse" or _is_caller(call, module)
    return queried_class(call, module) in _OF_OTHER_RULES


def _lasts(call: Node, handler: Handler) -> bool:
    """Whether no other rule's fix makes the call the caller's own, or drops it with the answer that it is given to."""
    owner, module = syntax.receiver(call), handler.home
    may_be_caller = owner is not None and module.dotted(module.value_of(owner)).startswith("Parse.")
    return not may_be_caller and not any(syntax.within(call, answer.call) for answer in uses(handler).answers)


def _is_caller(call: Node, module: Module) -> bool:
    owner, request = syntax.receiver(call), module.request_at(call)
    return owner is not None and request is not None and syntax.text(module.value_of(owner)) == f"{request}.user"
