"""PC311 role-without-master · Roles changed or read without the master key

What it finds: saves and deletions of roles, queries on `_Role`, and queries on a role's users and roles, that don't say
on whose authority they run, where `Parse.Cloud.useMasterKey()` is not in force.
Why it matters: a role's ACL decides, and a call in Cloud Code has nobody's rights: the role is not found, or not saved.
Instead: an ACL for the role, and `{ useMasterKey: true }`.
The fix: adds the option. Safe.
Known gap: roles that come as parameters are not seen. Calls in jobs are PC506's.
Source: reference/migration-rules.md, PC311.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsonage.migrate.code import syntax
from parsonage.migrate.code.finding import Fix, Found, Severity
from parsonage.migrate.code.objects import object_of
from parsonage.migrate.code.rule import on_calls
from parsonage.migrate.code.scope import Module
from parsonage.migrate.code.sdk import has_authority, is_of_a_job, is_under_master_key, queried_class, with_option
from parsonage.migrate.code.source import Node

_QUERIES = ("find", "findAll", "first", "count", "get", "each")


@on_calls(*_QUERIES, "save", "destroy", severity=Severity.BREAKS, until=2)
def role_without_master(call: Node, module: Module) -> Iterator[Found]:
    """Find calls on roles that run on nobody's authority."""
    if syntax.method(call) in _QUERIES:
        concerns = queried_class(call, module) == "_Role" or _asks_a_role(call)
    else:
        owner = object_of(syntax.receiver(call), module)
        concerns = owner is not None and owner.class_name == "_Role"
    if not concerns or has_authority(call, module):
        return
    if is_under_master_key(call, module) or is_of_a_job(call, module):
        return
    edit = with_option(call, "useMasterKey: true")
    fix = Fix.safe(edit) if edit is not None else None
    yield Found(call, "the role's ACL decides, and this runs as nobody: use the master key", fix)


def _asks_a_role(call: Node) -> bool:
    """Whether a query is one of ``role.getUsers().query()``."""
    here = syntax.receiver(call)
    while here is not None and here.type == "call_expression":
        inner = syntax.receiver(here)
        if syntax.method(here) == "query" and inner is not None and inner.type == "call_expression":
            return syntax.method(inner) in {"getUsers", "getRoles"}
        here = inner
    return False
